import Testing

@testable import Wire

/// Whatever is signed cannot change unnoticed, and nothing else matters.
@Suite struct SignatureTamperTests {
    static let now = Timestamp(milliseconds: 1_440_938_160_000)
    static let signer = RequestSigner(
        accessKey: "AKIDEXAMPLE",
        secret: "secret",
        token: "token",
        region: "eu-west-1",
        service: "kinesis",
        rules: .standard
    )

    static func request(_ rules: SignatureRules) -> WireRequest {
        WireRequest(
            method: "POST",
            path: "/a%20b/c",
            query: "list-type=2&prefix=x%2Fy&empty",
            headers: ["host": "localhost:4590", "content-type": "application/json", "x-amz-target": "Kinesis_20131202.PutRecord"],
            body: Array("{\"Data\":\"aGVsbG8=\"}".utf8)
        )
    }

    static func signed(_ rules: SignatureRules, presigned: Bool) -> WireRequest {
        var signer = signer
        signer.rules = rules
        var request = request(rules)
        if presigned { signer.presign(&request, at: now, expires: 60) } else { signer.sign(&request, at: now) }
        return request
    }

    static func isAccepted(_ request: WireRequest, _ rules: SignatureRules, secret: String = "secret", now: Timestamp = now) -> Bool {
        do {
            let signed = try SignatureV4.parse(request, rules: rules)
            // The key's name is bound to the signature by whoever looks up its secret.
            guard signed.scope.accessKey == "AKIDEXAMPLE" else { throw AuthenticationFault.unknownKey(signed.scope.accessKey) }
            try signed.verify(request, secret: secret, token: "token", now: now, keys: SigningKeys())
            guard rules == .s3, let form = signed.payloadHash.flatMap({ PayloadForm($0) }) else { return true }
            var reader = try PayloadReader(headers: request.headers, form: form, signing: nil)
            try reader.feed(request.body) { _ in }
            _ = try reader.finish()
            return true
        } catch {
            return false
        }
    }

    static let forms: [(rules: SignatureRules, presigned: Bool)] = [(.standard, false), (.standard, true), (.s3, false), (.s3, true)]

    @Test(arguments: forms) func `an untouched request is accepted`(_ rules: SignatureRules, _ presigned: Bool) {
        #expect(Self.isAccepted(Self.signed(rules, presigned: presigned), rules))
    }

    @Test(arguments: forms) func `another secret is refused`(_ rules: SignatureRules, _ presigned: Bool) {
        #expect(!Self.isAccepted(Self.signed(rules, presigned: presigned), rules, secret: "Secret"))
    }

    @Test(arguments: forms) func `each byte of path, query, method and signed headers counts`(_ rules: SignatureRules, _ presigned: Bool) {
        let original = Self.signed(rules, presigned: presigned)
        for (part, path) in [("method", \WireRequest.method), ("path", \WireRequest.path), ("query", \WireRequest.query)] {
            for index in original[keyPath: path].utf8.indices {
                var changed = original
                changed[keyPath: path] = Self.flip(original[keyPath: path], at: index)
                #expect(!Self.isAccepted(changed, rules), "\(part): \(changed[keyPath: path])")
            }
        }
        for field in original.headers.fields.indices {
            let value = original.headers.fields[field].value
            for index in value.utf8.indices {
                var changed = original
                changed.headers.fields[field].value = Self.flip(value, at: index)
                #expect(!Self.isAccepted(changed, rules), "\(changed.headers.fields[field])")
            }
        }
    }

    @Test(arguments: [SignatureRules.standard, .s3]) func `each byte of a hashed body counts`(_ rules: SignatureRules) {
        let original = Self.signed(rules, presigned: false)
        for index in original.body.indices {
            var changed = original
            changed.body[index] ^= 1
            #expect(!Self.isAccepted(changed, rules))
        }
        var longer = original
        longer.body.append(32)
        #expect(!Self.isAccepted(longer, rules))
    }

    @Test(arguments: forms) func `parameters and headers cannot be taken away`(_ rules: SignatureRules, _ presigned: Bool) {
        let original = Self.signed(rules, presigned: presigned)
        for index in original.headers.fields.indices {
            var changed = original
            changed.headers.fields.remove(at: index)
            #expect(!Self.isAccepted(changed, rules), "\(original.headers.fields[index].name)")
        }
        let parameters = original.query.split(separator: "&")
        for index in parameters.indices {
            var fewer = parameters
            fewer.remove(at: index)
            var changed = original
            changed.query = fewer.joined(separator: "&")
            #expect(!Self.isAccepted(changed, rules), "\(parameters[index])")
        }
    }

    @Test func `headers that are not signed may come and go, but for S3's own`() {
        for (rules, presigned) in Self.forms {
            var request = Self.signed(rules, presigned: presigned)
            request.headers.fields.append((name: "user-agent", value: "anything"))
            request.headers.fields.append((name: "x-forwarded-for", value: "10.0.0.1"))
            #expect(Self.isAccepted(request, rules))
            request.headers.fields.append((name: "x-amz-copy-source", value: "/other/key"))
            #expect(Self.isAccepted(request, rules) == (rules == .standard))
        }
    }

    @Test func `the order of parameters does not matter`() {
        var request = Self.signed(.s3, presigned: true)
        request.query = request.query.split(separator: "&").reversed().joined(separator: "&")
        #expect(Self.isAccepted(request, .s3))
    }

    @Test func `the session token is the credential's own`() throws {
        let request = Self.signed(.standard, presigned: false)
        let signed = try SignatureV4.parse(request, rules: .standard)
        #expect(signed.token == "token")
        #expect(throws: AuthenticationFault.invalidToken("token")) {
            try signed.verify(request, secret: "secret", token: "another", now: Self.now, keys: SigningKeys())
        }
        var signer = Self.signer
        signer.token = nil
        var without = Self.request(.standard)
        signer.sign(&without, at: Self.now)
        without.headers.fields.append((name: "x-amz-security-token", value: "token"))
        let unsigned = try SignatureV4.parse(without, rules: .standard)
        #expect(throws: AuthenticationFault.invalidToken("token")) {
            try unsigned.verify(without, secret: "secret", token: "token", now: Self.now, keys: SigningKeys())
        }
        try unsigned.verify(without, secret: "secret", now: Self.now, keys: SigningKeys())
    }

    @Test func `keys are remembered within bounds`() {
        let keys = SigningKeys(limit: 8)
        for index in 0..<100 {
            _ = keys.key(secret: "s", scope: CredentialScope(accessKey: "k", date: "20150830", region: "r\(index)", service: "s"))
            #expect(keys.count <= 8)
        }
    }

    /// Another character of the same kind, so that the text stays well-formed where it can.
    private static func flip(_ text: String, at index: String.Index) -> String {
        var bytes = Array(text.utf8)
        let offset = text.utf8.distance(from: text.utf8.startIndex, to: index)
        bytes[offset] = bytes[offset] == UInt8(ascii: "7") ? UInt8(ascii: "5") : UInt8(ascii: "7")
        return String(decoding: bytes, as: UTF8.self)
    }
}
