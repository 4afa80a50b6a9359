import Testing

@testable import Wire

@Suite struct SignaturePayloadTests {
    static let body = Array("123456789".utf8)

    static func read(
        body: [UInt8] = body,
        _ headers: [(String, String)],
        form: PayloadForm = .unsigned
    ) -> Result<PayloadReader.Summary, PayloadFault> {
        do throws(PayloadFault) {
            var reader = try PayloadReader(headers: WireHeaders(headers.map { (name: $0.0, value: $0.1) }), form: form, signing: nil)
            var output: [UInt8] = []
            for byte in body { try reader.feed([byte]) { output.append(contentsOf: $0) } }
            let summary = try reader.finish()
            #expect(output.count == summary.count)
            return .success(summary)
        } catch {
            return .failure(error)
        }
    }

    @Test func `a plain body comes with its digests`() throws {
        let summary = try Self.read([("content-length", "9")]).get()
        #expect(summary.count == 9)
        #expect(Hex.text(summary.md5) == "25f9e794323b453885f5181f1b624d0b")
        #expect(summary.checksum.algorithm == .crc64NVME)
        #expect(Hex.text(summary.checksum.value) == "ae8b14860a799888")
    }

    @Test(arguments: ChecksumAlgorithm.allCases) func `a stated checksum is held against the body`(_ algorithm: ChecksumAlgorithm) throws {
        let right = Base64.encode(Checksum.value(algorithm, of: Self.body))
        let wrong = Base64.encode(Checksum.value(algorithm, of: [0]))
        #expect(try Self.read([(algorithm.headerName, right)]).get().checksum.algorithm == algorithm)
        #expect(throws: PayloadFault.wrongChecksum(algorithm)) { try Self.read([(algorithm.headerName, wrong)]).get() }
        #expect(throws: PayloadFault.malformedChecksum(algorithm)) { try Self.read([(algorithm.headerName, "AAA=")]).get() }

        let chunked = Array("9\r\n123456789\r\n0\r\n\(algorithm.headerName):".utf8)
        let headers = [("x-amz-trailer", algorithm.headerName), ("x-amz-decoded-content-length", "9")]
        #expect(try Self.read(body: chunked + Array("\(right)\r\n\r\n".utf8), headers, form: .unsignedChunks).get().count == 9)
        #expect(throws: PayloadFault.wrongChecksum(algorithm)) {
            try Self.read(body: chunked + Array("\(wrong)\r\n\r\n".utf8), headers, form: .unsignedChunks).get()
        }
        #expect(throws: PayloadFault.malformedTrailingChecksum(algorithm)) {
            try Self.read(body: chunked + Array("\r\n\r\n".utf8), headers, form: .unsignedChunks).get()
        }
    }

    @Test func `Content-MD5 and the signed hash are held against the body`() throws {
        #expect(try Self.read([("content-md5", "JfnnlDI7RTiF9RgfG2JNCw==")]).get().count == 9)
        #expect(throws: PayloadFault.wrongMD5(claimed: "AAAAAAAAAAAAAAAAAAAAAA==", computed: "JfnnlDI7RTiF9RgfG2JNCw==")) {
            try Self.read([("content-md5", "AAAAAAAAAAAAAAAAAAAAAA==")]).get()
        }
        #expect(throws: PayloadFault.malformedMD5("AAAA")) { try Self.read([("content-md5", "AAAA")]).get() }
        let hash = SHA256Hex.text(of: Self.body)
        #expect(try Self.read([], form: .hash(hash.uppercased())).get().count == 9)
        #expect(throws: PayloadFault.wrongHash(claimed: SHA256Hex.empty, computed: hash)) {
            try Self.read([], form: .hash(SHA256Hex.empty)).get()
        }
    }

    @Test func `lengths are kept to`() {
        #expect(throws: PayloadFault.incomplete) { try Self.read([("content-length", "8")]).get() }
        #expect(throws: PayloadFault.incomplete) { try Self.read([("content-length", "10")]).get() }
        for length in ["", "-1", "x"] {
            #expect(throws: PayloadFault.lengthMissing) {
                try Self.read([("x-amz-decoded-content-length", length)], form: .signedChunks(trailer: false)).get()
            }
        }
        #expect(throws: PayloadFault.lengthMissing) { try Self.read([], form: .unsignedChunks).get() }
    }

    @Test func `one checksum is enough`() {
        let both = [("x-amz-checksum-crc32", "y/Q5Jg=="), ("x-amz-checksum-crc32c", "4waSgw==")]
        #expect(throws: PayloadFault.manyChecksums) { try Self.read(both).get() }
        let trailing = [("x-amz-checksum-crc32", "y/Q5Jg=="), ("x-amz-trailer", "x-amz-checksum-crc32c"), ("x-amz-decoded-content-length", "9")]
        #expect(throws: PayloadFault.checksumTwice) { try Self.read(trailing, form: .unsignedChunks).get() }
        #expect(throws: PayloadFault.malformedTrailer) { try Self.read([("x-amz-trailer", "x-amz-checksum-crc32c")]).get() }
    }

    @Test func `what cannot be held against the body is refused`() {
        let length = ("x-amz-decoded-content-length", "9")
        #expect(throws: PayloadFault.unknownChecksum) { try Self.read([("x-amz-checksum-sha257", "y/Q5Jg==")]).get() }
        #expect(throws: PayloadFault.unbuiltChecksum("x-amz-checksum-xxhash3")) { try Self.read([("x-amz-checksum-xxhash3", "AAAAAAAAAAA=")]).get() }
        #expect(throws: PayloadFault.unknownTrailer) { try Self.read([("x-amz-trailer", "x-amz-meta-a"), length], form: .unsignedChunks).get() }
        #expect(throws: PayloadFault.unknownChecksum) {
            try Self.read([("x-amz-trailer", "x-amz-checksum-none"), length], form: .unsignedChunks).get()
        }
        #expect(throws: PayloadFault.checksumMissing) { try Self.read([("x-amz-sdk-checksum-algorithm", "CRC32")]).get() }
        for name in ["CRC32C", "none", ""] {
            #expect(throws: PayloadFault.otherAlgorithm) {
                try Self.read([("x-amz-sdk-checksum-algorithm", name), ("x-amz-checksum-crc32", "y/Q5Jg==")]).get()
            }
        }
        #expect(throws: PayloadFault.unbuiltChecksum("x-amz-sdk-checksum-algorithm")) {
            try Self.read([("x-amz-sdk-checksum-algorithm", "xxhash64")]).get()
        }
    }

    @Test func `words about checksums are no checksums`() throws {
        let words = [("x-amz-checksum-mode", "ENABLED"), ("x-amz-checksum-type", "FULL_OBJECT"), ("x-amz-checksum-algorithm", "SHA256")]
        #expect(try Self.read(words).get().checksum.algorithm == .crc64NVME)
        #expect(try Self.read([("x-amz-sdk-checksum-algorithm", "crc32"), ("x-amz-checksum-crc32", "y/Q5Jg==")]).get().count == 9)
    }

    @Test func `the forms of a payload have names that read back`() {
        let forms: [PayloadForm] = [
            .hash(SHA256Hex.empty), .unsigned, .signedChunks(trailer: false), .signedChunks(trailer: true), .unsignedChunks,
        ]
        for form in forms { #expect(PayloadForm(form.text) == form) }
        #expect(PayloadForm("STREAMING-UNSIGNED-PAYLOAD") == nil)
        #expect(PayloadForm(String(repeating: "g", count: 64)) == nil)
    }
}
