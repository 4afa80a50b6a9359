import Testing

@testable import Wire

@Suite struct SignatureV2Tests {
    /// The example of the S3 developer guide, "Query string request authentication alternative".
    static let example = WireRequest(
        method: "GET",
        path: "/photos/puppy.jpg",
        query: "AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D&Expires=1175139620",
        headers: ["host": "johnsmith.s3.amazonaws.com"]
    )
    static let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    static let bucket = "johnsmith"
    static let end = Timestamp(milliseconds: 1_175_139_620_000)

    static func verify(_ request: WireRequest, secret: String = secret, token: String? = nil, now: Timestamp = end) throws {
        try #require(try SignatureV2(request)).verify(request, secret: secret, token: token, bucket: bucket, now: now)
    }

    @Test func `the guide's presigned example is accepted until it expires`() throws {
        try Self.verify(Self.example)
        let late = Timestamp(milliseconds: Self.end.milliseconds + 1)
        do throws(AuthenticationFault) {
            try SignatureV2(Self.example)?.verify(Self.example, secret: Self.secret, bucket: Self.bucket, now: late)
            Issue.record("an expired URL was accepted")
        } catch {
            let refusal = error.s3Refusal(now: late)
            #expect(refusal.message == "Request has expired")
            #expect(refusal.members.map(\.name) == ["Expires", "ServerTime"])
        }
    }

    @Test func `sub-resources, carried headers and the token are signed as botocore signs them`() throws {
        let request = WireRequest(
            method: "PUT",
            path: "/bucket/a%20b%2Bc",
            query: """
                versionId=v%2F1&acl&x-id=PutObject&AWSAccessKeyId=AKID&Signature=iHhcrvP5bns0Ip18AxEAB5oDzac%3D\
                &content-type=text%2Fplain&x-amz-meta-b=2&x-amz-meta-a=1%201&x-amz-security-token=to%2Fken%3D&Expires=1440938220
                """,
            headers: ["host": "localhost:4590", "content-type": "text/plain"]
        )
        let signature = try #require(try SignatureV2(request))
        #expect(signature.carriedHeaders.map(\.name).sorted() == ["content-type", "x-amz-meta-a", "x-amz-meta-b", "x-amz-security-token"])
        try signature.verify(request, secret: "secret", token: "to/ken=", bucket: nil, now: Timestamp(milliseconds: 1_440_938_160_000))
    }

    @Test func `whatever is signed cannot change`() {
        let changes: [(inout WireRequest) -> Void] = [
            { $0.method = "PUT" },
            { $0.path = "/photos/puppy.jpeg" },
            { $0.query += "&acl" },
            { $0.query += "&response-content-type=text%2Fhtml" },
            { $0.query += "&x-amz-meta-a=1" },
            { $0.query = $0.query.replacing("Expires=1175139620", with: "Expires=1175139621") },
            { $0.query = $0.query.replacing("NpgC", with: "NpgD") },
            { $0.headers.fields.append((name: "content-type", value: "text/html")) },
            { $0.headers.fields.append((name: "x-amz-acl", value: "public-read")) },
        ]
        for change in changes {
            var request = Self.example
            change(&request)
            #expect(throws: AuthenticationFault.self, "\(request)") { try Self.verify(request) }
        }
        #expect(throws: AuthenticationFault.self) { try Self.verify(Self.example, secret: "other") }
        #expect(throws: AuthenticationFault.invalidToken("")) { try Self.verify(Self.example, token: "token") }
    }

    @Test(arguments: ["AWSAccessKeyId=a", "AWSAccessKeyId=a&Signature=b", "AWSAccessKeyId=a&Expires=1"])
    func `half a signature is none`(_ query: String) {
        #expect(throws: AuthenticationFault.missing) { try SignatureV2(WireRequest(method: "GET", path: "/", query: query)) }
    }

    @Test func `other queries are none of its business`() throws {
        #expect(try SignatureV2(WireRequest(method: "GET", path: "/", query: "Signature=a&Expires=1")) == nil)
        #expect(try SignatureV2(WireRequest(method: "GET", path: "/")) == nil)
        let both = WireRequest(method: "GET", path: "/", query: "AWSAccessKeyId=a&Signature=b&Expires=1", headers: ["authorization": "x"])
        #expect(throws: AuthenticationFault.bothForms(header: "x")) { try SignatureV2(both) }
    }
}
