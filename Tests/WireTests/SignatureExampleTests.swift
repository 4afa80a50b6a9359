import Testing

@testable import Wire

/// The worked examples of Amazon S3's API reference, "Authenticating Requests (AWS Signature Version 4)".
enum S3Example {
    static let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    /// 24 May 2013 00:00:00 GMT.
    static let now = Timestamp(milliseconds: 1_369_353_600_000)
    static let host = "examplebucket.s3.amazonaws.com"

    static func request(
        _ method: String,
        _ path: String,
        query: String = "",
        headers: [(name: String, value: String)] = [],
        body: String = "",
        payloadHash: String? = nil,
        signedHeaders: String,
        signature: String
    ) -> WireRequest {
        var fields = headers
        fields.append((name: "x-amz-date", value: "20130524T000000Z"))
        fields.append((name: "x-amz-content-sha256", value: payloadHash ?? SHA256Hex.text(of: Array(body.utf8))))
        let credential = "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"
        fields.append(
            (
                name: "authorization",
                value: "AWS4-HMAC-SHA256 Credential=\(credential),SignedHeaders=\(signedHeaders),Signature=\(signature)"
            )
        )
        return WireRequest(method: method, path: path, query: query, headers: WireHeaders(fields), body: Array(body.utf8))
    }

    static func verify(_ request: WireRequest) throws -> SignedRequest {
        let signed = try SignatureV4.parse(request, rules: .s3)
        try signed.verify(request, secret: secret, now: now, keys: SigningKeys())
        return signed
    }

    static let getObject = request(
        "GET",
        "/test.txt",
        headers: [(name: "host", value: host), (name: "range", value: "bytes=0-9")],
        signedHeaders: "host;range;x-amz-content-sha256;x-amz-date",
        signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    )

    static let putObject = request(
        "PUT",
        "/test%24file.text",
        headers: [
            (name: "host", value: host), (name: "date", value: "Fri, 24 May 2013 00:00:00 GMT"),
            (name: "x-amz-storage-class", value: "REDUCED_REDUNDANCY"),
        ],
        body: "Welcome to Amazon S3.",
        signedHeaders: "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
        signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
    )

    static let getLifecycle = request(
        "GET",
        "/",
        query: "lifecycle",
        headers: [(name: "host", value: host)],
        signedHeaders: "host;x-amz-content-sha256;x-amz-date",
        signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"
    )

    static let listObjects = request(
        "GET",
        "/",
        query: "max-keys=2&prefix=J",
        headers: [(name: "host", value: host)],
        signedHeaders: "host;x-amz-content-sha256;x-amz-date",
        signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
    )

    static let presigned = WireRequest(
        method: "GET",
        path: "/test.txt",
        query: """
            X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request\
            &X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host\
            &X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404
            """,
        headers: ["host": host]
    )

    static let chunked = request(
        "PUT",
        "/examplebucket/chunkObject.txt",
        headers: [
            (name: "host", value: "s3.amazonaws.com"), (name: "content-encoding", value: "aws-chunked"),
            (name: "content-length", value: "66824"), (name: "x-amz-decoded-content-length", value: "66560"),
            (name: "x-amz-storage-class", value: "REDUCED_REDUNDANCY"),
        ],
        payloadHash: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        signedHeaders:
            "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class",
        signature: "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
    )

    static let chunkSignatures = [
        "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
        "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
        "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
    ]

    static let trailing = request(
        "PUT",
        "/examplebucket/chunkObject.txt",
        headers: [
            (name: "host", value: "s3.amazonaws.com"), (name: "content-encoding", value: "aws-chunked"),
            (name: "content-length", value: "66824"), (name: "x-amz-decoded-content-length", value: "66560"),
            (name: "x-amz-storage-class", value: "REDUCED_REDUNDANCY"), (name: "x-amz-trailer", value: "x-amz-checksum-crc32c"),
        ],
        payloadHash: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
        signedHeaders:
            "content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class;x-amz-trailer",
        signature: "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e"
    )

    static let trailingChunkSignatures = [
        "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
        "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
        "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
    ]

    /// 65 KiB of the letter a: a chunk of 64 KiB, one of 1 KiB and the empty one.
    static func body(_ signatures: [String], ending: String = "\r\n") -> [UInt8] {
        var body: [UInt8] = []
        for (size, signature) in zip([65_536, 1024, 0], signatures) {
            body += Array("\(String(size, radix: 16));chunk-signature=\(signature)\r\n".utf8)
            body += [UInt8](repeating: UInt8(ascii: "a"), count: size)
            if size > 0 { body += Array("\r\n".utf8) }
        }
        return body + Array(ending.utf8)
    }
}

@Suite struct SignatureExampleTests {
    @Test(arguments: [
        ("GET Object", S3Example.getObject), ("PUT Object", S3Example.putObject), ("GET Bucket lifecycle", S3Example.getLifecycle),
        ("GET Bucket (List Objects)", S3Example.listObjects), ("a presigned GET", S3Example.presigned),
        ("a chunked upload's seed", S3Example.chunked), ("a chunked upload with trailers' seed", S3Example.trailing),
    ]) func `S3's example has the signature that the reference prints`(_ name: String, _ request: WireRequest) throws {
        _ = try S3Example.verify(request)
    }

    @Test func `the example's chunks have the signatures that the reference prints`() throws {
        let signed = try S3Example.verify(S3Example.chunked)
        var signing = signed.chunkSigning(secret: S3Example.secret, keys: SigningKeys())
        let chunks = [65_536, 1024, 0].map { [UInt8](repeating: UInt8(ascii: "a"), count: $0) }
        #expect(chunks.map { signing.sign(chunk: $0) } == S3Example.chunkSignatures)
    }

    @Test func `the trailer example's chunks have the signatures that the reference prints`() throws {
        let signed = try S3Example.verify(S3Example.trailing)
        var signing = signed.chunkSigning(secret: S3Example.secret, keys: SigningKeys())
        let chunks = [65_536, 1024, 0].map { [UInt8](repeating: UInt8(ascii: "a"), count: $0) }
        #expect(chunks.map { signing.sign(chunk: $0) } == S3Example.trailingChunkSignatures)
        let trailer = signing.sign(trailers: Array("x-amz-checksum-crc32c:sOO8/Q==\n".utf8))
        #expect(trailer == "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435")
    }

    @Test func `a raw path and an escaped one are both read, for clients differ`() throws {
        var request = WireRequest(method: "GET", path: "/bucket/a(b)+c~d%2Fe", headers: ["host": "localhost"])
        let signer = RequestSigner(accessKey: "k", secret: "s", region: "r", service: "s3", rules: .s3)
        request.path = "/bucket/a%28b%29%2Bc~d%2Fe"
        signer.sign(&request, at: S3Example.now)
        try SignatureV4.parse(request, rules: .s3).verify(request, secret: "s", now: S3Example.now, keys: SigningKeys())
        request.path = "/bucket/a(b)+c%7ed%2Fe"
        try SignatureV4.parse(request, rules: .s3).verify(request, secret: "s", now: S3Example.now, keys: SigningKeys())
        request.path = "/bucket/a(b)+c%7ed/e"
        #expect(throws: AuthenticationFault.self) {
            try SignatureV4.parse(request, rules: .s3).verify(request, secret: "s", now: S3Example.now, keys: SigningKeys())
        }
    }
}
