import Testing

@testable import Wire

/// Times of the query protocol.
@Suite struct ISO8601TextTests {
    @Test(arguments: [
        ("2015-08-30T12:36:00Z", 1_440_938_160_000), ("2015-08-30T12:36:00.5Z", 1_440_938_160_500),
        ("2015-08-30T12:36:00.123456Z", 1_440_938_160_123),
        ("2015-08-30T14:36:00+02:00", 1_440_938_160_000), ("2015-08-30T07:06:00-0530", 1_440_938_160_000), ("2015-08-30T12:36:00", 1_440_938_160_000),
        ("2015-08-30T12:36Z", 1_440_938_160_000), ("1969-12-31T23:59:59.999Z", -1),
    ])
    func `times are read`(_ text: String, _ milliseconds: Int64) {
        #expect(ISO8601Text.timestamp(text) == Timestamp(milliseconds: milliseconds))
    }

    @Test(arguments: [
        "", "2015", "2015-02-29T00:00:00Z", "2015-08-30", "2015-08-30T24:00:00Z", "2015-08-30T12:60:00Z", "2015-08-30T12:36:00.Z",
        "2015-08-30T12:36:00Zx",
        "2015-08-30T12:36:00+", "1440938160", "2015-8-30T12:36:00Z",
    ])
    func `other texts are none`(_ text: String) {
        #expect(ISO8601Text.timestamp(text) == nil)
    }

    @Test func `CBOR has times in seconds where it is asked to`() throws {
        let document: Document = .members([("t", .timestamp(Timestamp(milliseconds: 1_440_938_160_250)))])
        #expect(try CBOR.parse(CBOR.write(document, times: .seconds), times: .seconds) == document)
        #expect(try CBOR.parse(CBOR.write(document)) == document)
        // Tag 1 and the whole seconds of RFC 8949's own example.
        let example: [UInt8] = [0xC1, 0x1A, 0x51, 0x4B, 0x67, 0xB0]
        #expect(try CBOR.parse(example, times: .seconds) == .timestamp(Timestamp(milliseconds: 1_363_896_240_000)))
    }
}
