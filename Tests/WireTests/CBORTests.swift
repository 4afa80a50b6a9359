import Testing

@testable import Wire

/// Bytes in hexadecimal and the document that they are.
struct CBORExample: Sendable, CustomTestStringConvertible {
    let hex: String
    let document: Document?

    init(_ hex: String, _ document: Document?) {
        self.hex = hex
        self.document = document
    }

    var testDescription: String { hex }

    var bytes: [UInt8] {
        let digits = hex.compactMap { $0.hexDigitValue.map(UInt8.init) }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}

@Suite struct CBORTests {
    private static func list(_ numbers: Int64...) -> Document { .list(numbers.map { .integer($0) }) }
    private static func map(_ fields: (String, Document)...) -> Document { .object(Document.Fields(fields)) }

    private static let nested = Document.list([.integer(1), list(2, 3), list(4, 5)])

    /// RFC 8949, appendix A. Nil: a document has no place for it, so it is refused.
    private static let numbers = [
        CBORExample("00", .integer(0)), .init("01", .integer(1)), .init("0a", .integer(10)), .init("17", .integer(23)), .init("1818", .integer(24)),
        .init("1819", .integer(25)), .init("1864", .integer(100)), .init("1903e8", .integer(1000)), .init("1a000f4240", .integer(1_000_000)),
        .init("1b000000e8d4a51000", .integer(1_000_000_000_000)), .init("1bffffffffffffffff", .double(18_446_744_073_709_551_616)),
        .init("c249010000000000000000", .double(18_446_744_073_709_551_616)), .init("3bffffffffffffffff", .double(-18_446_744_073_709_551_616)),
        .init("c349010000000000000000", .double(-18_446_744_073_709_551_616)), .init("20", .integer(-1)), .init("29", .integer(-10)),
        .init("3863", .integer(-100)), .init("3903e7", .integer(-1000)), .init("f90000", .double(0)), .init("f98000", .double(-0.0)),
        .init("f93c00", .double(1)), .init("fb3ff199999999999a", .double(1.1)), .init("f93e00", .double(1.5)), .init("f97bff", .double(65504)),
        .init("fa47c35000", .double(100_000)), .init("fa7f7fffff", .double(3.4028234663852886e+38)), .init("fb7e37e43c8800759c", .double(1.0e+300)),
        .init("f90001", .double(5.960464477539063e-8)), .init("f90400", .double(0.00006103515625)), .init("f9c400", .double(-4)),
        .init("fbc010666666666666", .double(-4.1)), .init("f97c00", .double(.infinity)), .init("f9fc00", .double(-.infinity)),
        .init("fa7f800000", .double(.infinity)), .init("faff800000", .double(-.infinity)), .init("fb7ff0000000000000", .double(.infinity)),
        .init("fbfff0000000000000", .double(-.infinity)),
    ]
    private static let others = [
        CBORExample("f4", .boolean(false)), .init("f5", .boolean(true)), .init("f6", .null), .init("f7", .null), .init("f0", nil), .init("f8ff", nil),
        .init("c074323031332d30332d32315432303a30343a30305a", .string("2013-03-21T20:04:00Z")),
        // The RFC's seconds are AWS's milliseconds.
        .init("c11a514b67b0", .timestamp(Timestamp(milliseconds: 1_363_896_240))),
        .init("c1fb41d452d9ec200000", .timestamp(Timestamp(milliseconds: 1_363_896_241))),
        .init("d74401020304", .bytes([1, 2, 3, 4])), .init("d818456449455446", .bytes(Array("dIETF".utf8))),
        .init("d82076687474703a2f2f7777772e6578616d706c652e636f6d", .string("http://www.example.com")), .init("40", .bytes([])),
        .init("4401020304", .bytes([1, 2, 3, 4])), .init("60", .string("")), .init("6161", .string("a")), .init("6449455446", .string("IETF")),
        .init("62225c", .string("\"\\")), .init("62c3bc", .string("ü")), .init("63e6b0b4", .string("水")), .init("64f0908591", .string("\u{10151}")),
        .init("80", .list([])), .init("83010203", list(1, 2, 3)), .init("8301820203820405", nested),
        .init("98190102030405060708090a0b0c0d0e0f101112131415161718181819", .list((1...25).map { .integer($0) })), .init("a0", map()),
        .init("a201020304", nil), .init("a26161016162820203", map(("a", .integer(1)), ("b", list(2, 3)))),
        .init("826161a161626163", .list([.string("a"), map(("b", .string("c")))])),
        .init(
            "a56161614161626142616361436164614461656145",
            map(("a", .string("A")), ("b", .string("B")), ("c", .string("C")), ("d", .string("D")), ("e", .string("E")))
        ),
        .init("5f42010243030405ff", .bytes([1, 2, 3, 4, 5])), .init("7f657374726561646d696e67ff", .string("streaming")), .init("9fff", .list([])),
        .init("9f018202039f0405ffff", nested), .init("9f01820203820405ff", nested),
        .init("83018202039f0405ff", nested), .init("83019f0203ff820405", nested),
        .init("9f0102030405060708090a0b0c0d0e0f101112131415161718181819ff", .list((1...25).map { .integer($0) })),
        .init("bf61610161629f0203ffff", map(("a", .integer(1)), ("b", list(2, 3)))),
        .init("826161bf61626163ff", .list([.string("a"), map(("b", .string("c")))])),
        .init("bf6346756ef563416d7421ff", map(("Fun", .boolean(true)), ("Amt", .integer(-2)))),
    ]

    @Test(arguments: numbers + others)
    func `the RFC's examples are read`(example: CBORExample) throws {
        #expect((try? CBOR.parse(example.bytes)) == example.document)
    }

    @Test(arguments: ["f97e00", "fa7fc00000", "fb7ff8000000000000"])
    func `what is no number is read as that`(hex: String) throws {
        guard case .double(let value) = try CBOR.parse(CBORExample(hex, nil).bytes) else {
            Issue.record("no double")
            return
        }
        #expect(value.isNaN)
    }

    @Test(arguments: numbers + others)
    func `an example that is cut off, or goes on, is refused`(example: CBORExample) {
        for count in 0..<example.bytes.count {
            #expect(throws: CBOR.Failure.self) { try CBOR.parse(Array(example.bytes.prefix(count))) }
        }
        #expect(throws: CBOR.Failure.self) { try CBOR.parse(example.bytes + [0]) }
    }

    @Test(arguments: [
        "1c", "3d", "5e", "7f6161", "ff", "1f", "3f", "df00", "5f6161ff", "7f4161ff", "5f5f4161ffff", "7f61c361bcff", "61ff", "9b7fffffffffffffff",
        "bbffffffffffffffff", "5b7fffffffffffffff", "c16161", "a16161", "bf6161ff", "8201", "bf01ff", "f818", "a1f600",
    ])
    func `what is not well formed is refused`(hex: String) {
        #expect(throws: CBOR.Failure.self) { try CBOR.parse(CBORExample(hex, nil).bytes) }
    }

    @Test(arguments: [Int64.min, Int64.min + 1, -1001, -1000, -1, 0, 999, Int64.max])
    func `a time has whole seconds, however far it is`(milliseconds: Int64) throws {
        let sign: UInt8 = milliseconds < 0 ? 0x3B : 0x1B
        let argument = UInt64(bitPattern: milliseconds < 0 ? -1 - milliseconds : milliseconds)
        let bytes = [0xC1, sign] + (0..<8).map { UInt8(truncatingIfNeeded: argument >> (56 - 8 * $0)) }
        guard case .timestamp(let time) = try CBOR.parse(bytes) else {
            Issue.record("no time")
            return
        }
        let near = min(max(milliseconds, -1_000_000_000_000_000_000), 1_000_000_000_000_000_000)
        #expect(time.milliseconds == near)
        #expect(time.seconds == Int64((Double(near) / 1000).rounded(.down)))
        #expect(time.roundedUpToSeconds >= time)
    }

    @Test(arguments: [0x81, 0x9F, 0xC0, 0xD9] as [UInt8])
    func `deep nesting is refused and does not use up the stack`(opening: UInt8) {
        #expect(throws: CBOR.Failure.self) { try CBOR.parse([UInt8](repeating: opening, count: 100_000)) }
    }

    @Test func `more items than any request needs are refused`() throws {
        let most = CBOR.maximumItems - 1
        let lead: [UInt8] = [0x9A] + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: most >> $0) }
        #expect(try CBOR.parse(lead + [UInt8](repeating: 0, count: most)) == .list([Document](repeating: .integer(0), count: most)))
        #expect(throws: CBOR.Failure.self) { try CBOR.parse([0x9F] + [UInt8](repeating: 0, count: most + 1) + [0xFF]) }
    }

    @Test func `any bytes are answered with a document or a refusal`() {
        var random = Seeded(state: 11)
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0..<24, using: &random)).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            _ = try? CBOR.parse(bytes)
        }
    }

    @Test func `values are written as AWS writes them`() {
        func hex(_ document: Document) -> String { CBOR.write(document).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() }
        #expect(hex(.timestamp(Timestamp(milliseconds: 1_698_711_110_120))) == "c11b0000018b831281e8")
        #expect(hex(.bytes([1, 2, 3, 4])) == "4401020304")
        #expect(hex(Self.map(("a", Self.list(1, -2)))) == "bf61619f0121ffff")
        #expect(hex(.integer(.min)) == "3b7fffffffffffffff")
        #expect(hex(.double(1.1)) == "fb3ff199999999999a")
        #expect(hex(.list([.null, .boolean(true), .boolean(false), .string("ü")])) == "9ff6f5f462c3bcff")
    }

    @Test func `what is written is read back`() throws {
        var random = Seeded(state: 7)
        for _ in 0..<500 {
            let document = Document.random(&random, depth: 4)
            #expect(try CBOR.parse(CBOR.write(document)) == document)
        }
        for length in [0, 23, 24, 255, 256, 65_535, 65_536] {
            let document = Document.list([.bytes([UInt8](repeating: 7, count: length)), .integer(Int64(length)), .integer(-Int64(length) - 1)])
            #expect(try CBOR.parse(CBOR.write(document)) == document)
        }
        let time = Document.timestamp(Timestamp(milliseconds: -1))
        #expect(try CBOR.parse(CBOR.write(time)) == time)
    }
}

@Suite struct PayloadFormatTests {
    private static let shape = Shape(
        "Input",
        .structure([.init("Blob", Shape("B", .blob)), .init("Time", Shape("T", .timestamp)), .init("Text", Shape("S", .string))])
    )

    private func check(_ name: String, _ value: Document, _ format: PayloadFormat) -> Result<Document, Shape.TypeMismatch> {
        var violations: [Violation] = []
        return Result { () throws(Shape.TypeMismatch) in
            try Self.shape.check(.object(Document.Fields([(name, value)])), &violations, as: format, package: "p")
        }.map { $0[name] ?? .null }
    }

    @Test func `blobs are base64 in JSON and bytes in CBOR`() {
        #expect(check("Blob", .string("AQID"), .json) == .success(.bytes([1, 2, 3])))
        #expect(check("Blob", .bytes([1, 2, 3]), .cbor) == .success(.bytes([1, 2, 3])))
        let text = Shape.TypeMismatch(message: "class java.lang.String can not be converted to a Blob")
        #expect(check("Blob", .string("AQID"), .cbor) == .failure(text))
    }

    @Test func `bare numbers are seconds in JSON and milliseconds in CBOR`() {
        #expect(check("Time", .double(1.5), .json) == .success(.timestamp(Timestamp(milliseconds: 1500))))
        #expect(check("Time", .integer(1500), .cbor) == .success(.timestamp(Timestamp(milliseconds: 1500))))
        #expect(check("Time", .timestamp(Timestamp(milliseconds: 1500)), .cbor) == .success(.timestamp(Timestamp(milliseconds: 1500))))
    }

    @Test func `bytes and times are no texts`() {
        let bytes = Shape.TypeMismatch(message: "class java.nio.HeapByteBuffer can not be converted to an String")
        #expect(check("Text", .bytes([1]), .cbor) == .failure(bytes))
        let time = Shape.TypeMismatch(message: "class java.util.Date can not be converted to an String")
        #expect(check("Text", .timestamp(Timestamp(milliseconds: 1)), .cbor) == .failure(time))
    }
}
