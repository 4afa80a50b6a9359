import Testing

@testable import Wire

@Suite struct SignatureChunkedTests {
    /// What comes out of a body fed in the given pieces, or why nothing does.
    static func decode(
        _ body: [UInt8],
        form: PayloadForm,
        signing: ChunkSigning?,
        length: Int,
        trailers: [String] = [],
        cuts: [Int] = []
    ) -> Result<([UInt8], [String]), PayloadFault> {
        var chunks = ChunkedBody(form: form, signing: signing, decodedLength: length, trailers: trailers)
        var output: [UInt8] = []
        do throws(PayloadFault) {
            var start = 0
            for cut in cuts + [body.count] {
                try chunks.feed(Array(body[start..<cut])) { output.append(contentsOf: $0) }
                start = cut
            }
            return .success((output, try chunks.finish().map { "\($0.name):\($0.value)" }))
        } catch {
            return .failure(error)
        }
    }

    static func signing(_ request: WireRequest) throws -> ChunkSigning {
        try S3Example.verify(request).chunkSigning(secret: S3Example.secret, keys: SigningKeys())
    }

    static let letters = [UInt8](repeating: UInt8(ascii: "a"), count: 66_560)

    static let trailer = """
        x-amz-checksum-crc32c:sOO8/Q==\r
        x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r
        \r

        """

    @Test func `S3's chunked example decodes`() throws {
        let body = S3Example.body(S3Example.chunkSignatures)
        #expect(body.count == 66_824)
        let result = Self.decode(body, form: .signedChunks(trailer: false), signing: try Self.signing(S3Example.chunked), length: 66_560)
        #expect(try result.get().0 == Self.letters)
    }

    @Test func `S3's trailer example decodes, with the extra line feed some clients send and without`() throws {
        let signing = try Self.signing(S3Example.trailing)
        for ending in [Self.trailer, Self.trailer.replacing("==\r\n", with: "==\n\r\n")] {
            let body = S3Example.body(S3Example.trailingChunkSignatures, ending: ending)
            let result = Self.decode(
                body,
                form: .signedChunks(trailer: true),
                signing: signing,
                length: 66_560,
                trailers: ["x-amz-checksum-crc32c"]
            )
            #expect(try result.get().0 == Self.letters)
            #expect(try result.get().1 == ["x-amz-checksum-crc32c:sOO8/Q=="])
        }
    }

    /// Small chunks with every feature, so that each cut can be tried.
    static func small(_ form: PayloadForm) throws -> (body: [UInt8], signing: ChunkSigning) {
        let signing = try Self.signing(S3Example.trailing)
        var writer = signing
        var body: [UInt8] = []
        let isSigned = form != .unsignedChunks
        for chunk in ["hello, ", "a\r\n0\r\n\r\n", "w", ""].map({ Array($0.utf8) }) {
            body += Array(String(chunk.count, radix: 16).utf8)
            if isSigned { body += Array(";chunk-signature=\(writer.sign(chunk: chunk))".utf8) }
            body += Array("\r\n".utf8) + chunk
            if !chunk.isEmpty { body += Array("\r\n".utf8) }
        }
        if form != .signedChunks(trailer: false) {
            let trailer = "x-amz-checksum-sha256:QUJD"
            body += Array("\(trailer)\r\n".utf8)
            if isSigned { body += Array("x-amz-trailer-signature:\(writer.sign(trailers: Array("\(trailer)\n".utf8)))\r\n".utf8) }
        }
        return (body + Array("\r\n".utf8), signing)
    }

    static let forms: [PayloadForm] = [.signedChunks(trailer: false), .signedChunks(trailer: true), .unsignedChunks]

    @Test(arguments: forms) func `the output is the same however the input is cut`(_ form: PayloadForm) throws {
        let (body, signing) = try Self.small(form)
        let trailers = form == .signedChunks(trailer: false) ? [] : ["x-amz-checksum-sha256"]
        let text = Array("hello, a\r\n0\r\n\r\nw".utf8)
        var cutLists = (0...body.count).map { [$0] }
        cutLists.append(Array(1..<body.count))
        // A fixed generator: every run tries the same thousand cuts.
        var state: UInt64 = 88_172_645_463_325_252
        for _ in 0..<1000 {
            var cuts: [Int] = []
            for _ in 0..<5 {
                state ^= state << 13
                state ^= state >> 7
                state ^= state << 17
                cuts.append(Int(state % UInt64(body.count)))
            }
            cutLists.append(cuts.sorted())
        }
        for cuts in cutLists {
            let result = Self.decode(body, form: form, signing: signing, length: text.count, trailers: trailers, cuts: cuts)
            #expect(try result.get().0 == text, "\(cuts)")
            #expect(try result.get().1 == trailers.map { "\($0):QUJD" }, "\(cuts)")
        }
    }

    @Test(arguments: forms) func `a body cut short is incomplete at every length`(_ form: PayloadForm) throws {
        let (body, signing) = try Self.small(form)
        let trailers = form == .signedChunks(trailer: false) ? [] : ["x-amz-checksum-sha256"]
        for count in 0..<body.count {
            let result = Self.decode(Array(body[..<count]), form: form, signing: signing, length: 16, trailers: trailers)
            #expect(throws: PayloadFault.incomplete) { try result.get() }
        }
    }

    @Test(arguments: [PayloadForm.signedChunks(trailer: false), .signedChunks(trailer: true)])
    func `no byte of a signed body can change`(_ form: PayloadForm) throws {
        let (body, signing) = try Self.small(form)
        let trailers = form == .signedChunks(trailer: false) ? [] : ["x-amz-checksum-sha256"]
        for index in body.indices {
            var changed = body
            changed[index] ^= 1
            let result = Self.decode(changed, form: form, signing: signing, length: 16, trailers: trailers)
            #expect(throws: PayloadFault.self, "\(index)") { try result.get() }
        }
    }

    @Test func `chunks cannot change places, go missing or come twice`() throws {
        let pair = S3Example.chunkSignatures
        let signing = try Self.signing(S3Example.chunked)
        let swapped = S3Example.body([pair[1], pair[0], pair[2]])
        let result = Self.decode(swapped, form: .signedChunks(trailer: false), signing: signing, length: 66_560)
        guard case .failure(.mismatch(let mismatch)) = result else {
            Issue.record("\(result)")
            return
        }
        #expect(mismatch.signature == pair[1])
        #expect(mismatch.stringToSign.hasPrefix("AWS4-HMAC-SHA256-PAYLOAD\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n4f232c43"))
        #expect(PayloadFault.mismatch(mismatch).s3Refusal.code == "SignatureDoesNotMatch")
        #expect(PayloadFault.mismatch(mismatch).s3Refusal.members.count == 4)
    }

    @Test(arguments: [
        "5\r\nhello\r\n0\r\n\r\nmore", "6\r\nhello!\r\n0\r\n\r\n", "4\r\nhell\r\n0\r\n\r\n", "5\r\nhelloX\r\n0\r\n\r\n", "5\nhello\n0\n\n", "\r\n",
        "-1\r\n", "0x5\r\nhello\r\n0\r\n\r\n", "FFFFFFFFFFFFFFFF\r\n", "7FFFFFFFFFFFFFF\r\n", " 5\r\nhello\r\n0\r\n\r\n",
    ]) func `what is not in form is incomplete`(_ body: String) {
        let result = Self.decode(Array(body.utf8), form: .unsignedChunks, signing: nil, length: 5)
        #expect(throws: PayloadFault.incomplete) { try result.get() }
    }

    @Test func `lines and trailers are bounded`() {
        let line = Array("1;".utf8) + [UInt8](repeating: UInt8(ascii: "x"), count: 2000)
        #expect(throws: PayloadFault.incomplete) { try Self.decode(line, form: .unsignedChunks, signing: nil, length: 5).get() }
        let trailer = Array("0\r\n".utf8) + [UInt8](repeating: UInt8(ascii: "x"), count: 20_000)
        #expect(throws: PayloadFault.incomplete) { try Self.decode(trailer, form: .unsignedChunks, signing: nil, length: 0).get() }
    }

    @Test(arguments: [
        "x-amz-checksum-crc32:AAAAAA==\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", "x-amz-checksum-sha1:AAAAAA==\r\n\r\n", "nonsense\r\n\r\n", "\r\n",
        "x-amz-checksum-crc32:AAAAAA==\r\nx-amz-trailer-signature:00\r\n\r\n",
    ]) func `trailers are those that were announced, once each`(_ trailers: String) {
        let result = Self.decode(
            Array("0\r\n\(trailers)".utf8),
            form: .unsignedChunks,
            signing: nil,
            length: 0,
            trailers: ["x-amz-checksum-crc32"]
        )
        #expect(throws: PayloadFault.malformedTrailer) { try result.get() }
    }
}
