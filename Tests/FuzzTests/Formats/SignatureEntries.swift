@testable import Wire

enum SignatureEntries {
    private static let keys = SigningKeys()
    private static let now = Timestamp(milliseconds: 1_700_000_000_000)

    /// A request whose first line is the path and query, then header lines, an empty line, the body. The first byte chooses the rules.
    ///
    /// Read as it came, it may be refused in any way; signed by us it is good.
    static func signature(_ bytes: [UInt8]) throws {
        guard let first = bytes.first else { return }
        let rules: SignatureRules = first & 1 == 0 ? .standard : .s3
        let request = request(bytes.dropFirst())
        if let signed = try? SignatureV4.parse(request, rules: rules) {
            try? signed.requireScope(region: "us-east-1", service: "s3")
            try? signed.verify(request, secret: "test", now: now, keys: keys)
            try? signed.verify(request, secret: "test", token: "t", now: now, keys: keys)
            _ = signed.chunkSigning(secret: "test", keys: keys)
        }
        if let old = try? SignatureV2(request) { try? old.verify(request, secret: "test", bucket: "b", now: now) }
        if let post = try? PostSignature({ name in request.headers[name] }) { try? post.verify(secret: "test", token: nil, keys: keys) }
        try checkSigned(request, rules)
    }

    private static func checkSigned(_ given: WireRequest, _ rules: SignatureRules) throws {
        var request = given
        let own = ["authorization", "x-amz-date", "date", "x-amz-content-sha256", "x-amz-security-token", "expires"]
        request.headers.fields.removeAll { own.contains($0.name) || !$0.name.utf8.allSatisfy(isNameByte) || $0.name.isEmpty }
        guard !request.query.contains("X-Amz-"), request.headers["host"] != nil else { return }
        RequestSigner(accessKey: "test", secret: "test", region: "us-east-1", service: "s3", rules: rules, keys: keys).sign(&request, at: now)
        let signed: SignedRequest
        do {
            signed = try SignatureV4.parse(request, rules: rules)
            try signed.verify(request, secret: "test", now: now, keys: keys)
        } catch {
            throw BrokenLaw("what we signed is refused: \(error)")
        }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2D
    }

    private static func request(_ bytes: ArraySlice<UInt8>) -> WireRequest {
        var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        let target = lines.isEmpty ? "" : String(decoding: lines.removeFirst(), as: UTF8.self)
        let cut = target.firstIndex(of: "?") ?? target.endIndex
        var request = WireRequest(method: "GET", path: "/" + target[..<cut], query: String(target[cut...].dropFirst()))
        while !lines.isEmpty, case let line = lines.removeFirst(), !line.isEmpty {
            let parts = line.split(separator: 0x3A, maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(decoding: parts[0], as: UTF8.self).lowercased()
            request.headers.fields.append((name: name, value: parts.count > 1 ? String(decoding: parts[1], as: UTF8.self) : ""))
        }
        request.body = Array(lines.joined(separator: [0x0A]))
        return request
    }

    /// The first byte chooses the form, the next two the length that was said; the rest is the body, read whole and in small pieces.
    static func chunked(_ bytes: [UInt8]) throws {
        guard bytes.count >= 3 else { return }
        let forms: [PayloadForm] = [.signedChunks(trailer: false), .signedChunks(trailer: true), .unsignedChunks]
        let form = forms[Int(bytes[0]) % 3]
        let isVerified = bytes[0] & 0x80 != 0
        let length = Int(bytes[1]) << 8 | Int(bytes[2])
        let body = Array(bytes.dropFirst(3))
        let whole = outcome([body], form, length: length, isVerified: isVerified)
        let pieces = outcome(body.pieces, form, length: length, isVerified: isVerified)
        try law(whole == pieces, "a body is read differently in pieces: \(whole) \(pieces)")
    }

    private struct Outcome: Equatable {
        var bytes: [UInt8] = []
        var trailers: [String] = []
        var fault: PayloadFault?
    }

    private static func outcome(_ pieces: [[UInt8]], _ form: PayloadForm, length: Int, isVerified: Bool) -> Outcome {
        let scope = CredentialScope(accessKey: "test", date: "20231114", region: "us-east-1", service: "s3")
        let key = keys.key(secret: "test", scope: scope)
        let signing = ChunkSigning(
            seed: String(repeating: "0", count: 64),
            accessKey: "test",
            date: "20231114T221320Z",
            scope: scope.text,
            key: key
        )
        var reader = ChunkedBody(form: form, signing: isVerified ? signing : nil, decodedLength: length, trailers: ["x-amz-checksum-crc32"])
        var outcome = Outcome()
        do throws(PayloadFault) {
            for piece in pieces { try reader.feed(piece) { outcome.bytes += $0 } }
            outcome.trailers = try reader.finish().map { "\($0.name):\($0.value)" }
        } catch {
            outcome.fault = error
            // How much of a body that is refused was handed on depends on where it was cut.
            outcome.bytes = []
        }
        return outcome
    }
}
