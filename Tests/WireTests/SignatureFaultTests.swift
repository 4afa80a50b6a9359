import Testing

@testable import Wire

/// Codes, statuses and sentences of AWS for requests that are not signed as they should be.
@Suite struct SignatureFaultTests {
    /// 2015-08-30T12:36:00Z.
    static let now = Timestamp(milliseconds: 1_440_938_160_000)

    static func request(_ headers: [(String, String)] = [], query: String = "") -> WireRequest {
        WireRequest(
            method: "POST",
            path: "/",
            query: query,
            headers: WireHeaders([(name: "host", value: "h")] + headers.map { (name: $0.0, value: $0.1) })
        )
    }

    /// The fault of a request, when there is one.
    static func fault(
        _ request: WireRequest,
        _ rules: SignatureRules = .standard,
        secret: String = "secret",
        now: Timestamp = now,
        region: String? = nil,
        service: String? = nil
    ) -> AuthenticationFault? {
        do throws(AuthenticationFault) {
            let signed = try SignatureV4.parse(request, rules: rules)
            try signed.requireScope(region: region, service: service)
            try signed.verify(request, secret: secret, now: now, keys: SigningKeys())
            return nil
        } catch {
            return error
        }
    }

    static func signed(
        _ rules: SignatureRules = .standard,
        at moment: Timestamp = now,
        expires: Int? = nil,
        change: (inout WireRequest) -> Void = { _ in }
    ) -> WireRequest {
        let signer = RequestSigner(accessKey: "AKID", secret: "secret", region: "us-east-1", service: "kinesis", rules: rules)
        var request = request()
        if let expires { signer.presign(&request, at: moment, expires: expires) } else { signer.sign(&request, at: moment) }
        change(&request)
        return request
    }

    static func later(_ seconds: Int64) -> Timestamp { Timestamp(milliseconds: now.milliseconds + seconds * 1000) }

    static func reauthorise(_ request: inout WireRequest, _ change: (String) -> String) {
        for index in request.headers.fields.indices where request.headers.fields[index].name == "authorization" {
            request.headers.fields[index].value = change(request.headers.fields[index].value)
        }
    }

    @Test(arguments: [
        (request(), "Missing Authentication Token"),
        (request([("authorization", "")]), "Missing Authentication Token"),
        (
            request([("authorization", "Basic dGVzdDp0ZXN0==")]),
            """
            Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. \
            Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a 'X-Amz-Date' \
            or a 'Date' header. Authorization=Basic dGVzdDp0ZXN0==
            """
        ),
        (
            request([("authorization", "Bearer abc.def"), ("x-amz-date", "20150830T123600Z")]),
            """
            Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. \
            Authorization header requires 'SignedHeaders' parameter. Authorization=Bearer abc.def
            """
        ),
        (
            request([("authorization", "AWS5-X Credential=a/b/c/d/e,SignedHeaders=host,Signature=x"), ("x-amz-date", "20150830T123600Z")]),
            "Unsupported AWS 'algorithm': 'AWS5-X' (only AWS4-HMAC-SHA256 for now). "
        ),
        (
            request([("authorization", "AWS4- Signature=b,Credential=a")]),
            """
            Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a 'X-Amz-Date' \
            or a 'Date' header. Authorization=AWS4- Signature=b,Credential=a
            """
        ),
        (
            request([("authorization", "AWS4-HMAC-SHA256"), ("date", "x")]),
            """
            Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. \
            Authorization header requires 'SignedHeaders' parameter. Authorization=AWS4-HMAC-SHA256
            """
        ),
        (
            request([("authorization", "AWS4-HMAC-SHA256 Credential")]),
            "'Credential' not a valid key=value pair (missing equal-sign) in Authorization header: 'AWS4-HMAC-SHA256 Credential'."
        ),
        (
            request(query: "X-Amz-Algorithm"),
            """
            AWS query-string parameters must include 'X-Amz-Algorithm'. AWS query-string parameters must include 'X-Amz-Credential'. \
            AWS query-string parameters must include 'X-Amz-Signature'. AWS query-string parameters must include 'X-Amz-SignedHeaders'. \
            AWS query-string parameters must include 'X-Amz-Date'. Re-examine the query-string parameters.
            """
        ),
        (
            request([("authorization", "AWS4-HMAC-SHA256 x")], query: "X-Amz-Algorithm=x"),
            "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."
        ),
        (
            request([("authorization", "AWS4-HMAC-SHA256 Credential=a/b/c/d,SignedHeaders=host,Signature=x"), ("x-amz-date", "20150830T123600Z")]),
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'a/b/c/d'"
        ),
        (
            request([("authorization", "AWS4-HMAC-SHA256 Credential=a/b/c/d/e,SignedHeaders=host,Signature=x"), ("x-amz-date", "201")]),
            "Date must be in ISO-8601 'basic format'. Got '201'. See http://en.wikipedia.org/wiki/ISO_8601"
        ),
        (
            request([("authorization", "AWS4-HMAC-SHA25 Credential=a/b/c/d/e,SignedHeaders=host,Signature=x"), ("x-amz-date", "20150830T123600Z")]),
            "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA25' (only AWS4-HMAC-SHA256 for now). "
        ),
        (
            request([("authorization", "AWS4-HMAC-SHA256 Credential=a/b/c/d/e,SignedHeaders=date,Signature=x"), ("x-amz-date", "20150830T123600Z")]),
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
        ),
        (
            request([("authorization", "AWS4-HMAC-SHA256 Credential=a/b/c/d/e,SignedHeaders=host,Signature=x"), ("x-amz-date", "20150830T123600Z")]),
            """
            Credential should be scoped with a valid terminator: 'aws4_request', not 'e'. Date in Credential scope does not match \
            YYYYMMDD from ISO-8601 version of date from HTTP: 'b' != '20150830', from '20150830T123600Z'.
            """
        ),
    ]) func `a fault has AWS's sentence`(_ request: WireRequest, _ message: String) throws {
        let refusal = try #require(Self.fault(request)).refusal(jsonStatus: 400)
        #expect(refusal.message == message)
        #expect(refusal.status == 400)
    }

    @Test func `a wrong region and service are reported together`() throws {
        let refusal = try #require(Self.fault(Self.signed(), region: "eu-west-1", service: "personalize")).refusal(jsonStatus: 403)
        #expect(refusal.code == "InvalidSignatureException")
        #expect(
            refusal.message == """
                Credential should be scoped to a valid region, not 'us-east-1'. Credential should be scoped to correct service: 'personalize'. \

                """
        )
        #expect(Self.fault(Self.signed(), region: "us-east-1", service: "kinesis") == nil)
    }

    @Test func `a signature is good for fifteen minutes either way`() throws {
        #expect(Self.fault(Self.signed(), now: Self.later(900)) == nil)
        #expect(Self.fault(Self.signed(), now: Self.later(-900)) == nil)
        let late = try #require(Self.fault(Self.signed(), now: Self.later(901))).refusal(jsonStatus: 400)
        #expect(late.message == "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T125101Z - 15 min.)")
        let early = try #require(Self.fault(Self.signed(), now: Self.later(-901))).refusal(jsonStatus: 400)
        #expect(early.message == "Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z (20150830T122059Z + 15 min.)")
        let s3 = try #require(Self.fault(Self.signed(.s3), .s3, now: Self.later(901))).s3Refusal(now: Self.later(901))
        #expect(s3.status == 403)
        #expect(s3.code == "RequestTimeTooSkewed")
        #expect(s3.members.map(\.name) == ["RequestTime", "ServerTime", "MaxAllowedSkewMilliseconds"])
        #expect(s3.members.map(\.value) == ["20150830T123600Z", "2015-08-30T12:51:01Z", "900000"])
    }

    @Test func `a presigned request lives as long as it says, at most a week`() throws {
        #expect(Self.fault(Self.signed(.s3, expires: 60), .s3, now: Self.later(60)) == nil)
        let late = try #require(Self.fault(Self.signed(.s3, expires: 60), .s3, now: Self.later(61))).s3Refusal(now: Self.later(61))
        #expect(late.status == 403)
        #expect(late.code == "AccessDenied")
        #expect(late.message == "Request has expired")
        #expect(late.members.map(\.value) == ["60", "2015-08-30T12:37:00Z", "2015-08-30T12:37:01Z"])
        let early = try #require(Self.fault(Self.signed(.s3, expires: 60), .s3, now: Self.later(-901))).s3Refusal(now: Self.now)
        #expect(early.message == "Request is not valid yet")
        #expect(Self.fault(Self.signed(.s3, expires: 604_800), .s3, now: Self.later(604_800)) == nil)
        let long = try #require(Self.fault(Self.signed(.s3, expires: 604_801), .s3)).s3Refusal(now: Self.now)
        #expect(long.code == "AuthorizationQueryParametersError")
        #expect(long.status == 400)
        #expect(long.message.hasPrefix("X-Amz-Expires must be less than a week"))
        #expect(Self.fault(Self.signed(.s3, expires: -1), .s3)?.s3Refusal(now: Self.now).message == "X-Amz-Expires must be non-negative")
        let word = Self.signed(.s3, expires: 60) { $0.query = $0.query.replacing("X-Amz-Expires=60", with: "X-Amz-Expires=soon") }
        #expect(Self.fault(word, .s3)?.s3Refusal(now: Self.now).message == "X-Amz-Expires should be a number")
    }

    @Test func `a mismatch shows what should have been signed`() throws {
        let canonical = "POST\n/\n\nhost:h\nx-amz-date:20150830T123600Z\n\nhost;x-amz-date\n\(SHA256Hex.empty)"
        let json = try #require(Self.fault(Self.signed(), secret: "other")).refusal(jsonStatus: 400)
        #expect(json.code == "InvalidSignatureException")
        #expect(
            json.message == """
                The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and \
                signing method. Consult the service documentation for details.

                The Canonical String for this request should have been
                '\(canonical)'

                The String-to-Sign should have been
                'AWS4-HMAC-SHA256
                20150830T123600Z
                20150830/us-east-1/kinesis/aws4_request
                \(SHA256Hex.text(of: Array(canonical.utf8)))'

                """
        )
        let s3 = try #require(Self.fault(Self.signed(.s3), .s3, secret: "other")).s3Refusal(now: Self.now)
        #expect(s3.status == 403)
        #expect(s3.code == "SignatureDoesNotMatch")
        #expect(
            s3.members.map(\.name) == [
                "AWSAccessKeyId", "StringToSign", "SignatureProvided", "StringToSignBytes", "CanonicalRequest", "CanonicalRequestBytes",
            ]
        )
        #expect(s3.members[3].value.hasPrefix("41 57 53 34 2d 48 4d 41 43"))
    }

    @Test func `an unknown key has each family's own code`() {
        let fault = AuthenticationFault.unknownKey("AKIDNOBODY")
        #expect(fault.refusal(jsonStatus: 400).code == "UnrecognizedClientException")
        #expect(fault.refusal(jsonStatus: 400).message == "The security token included in the request is invalid.")
        #expect(fault.s3Refusal(now: Self.now).code == "InvalidAccessKeyId")
        #expect(fault.s3Refusal(now: Self.now).members.first?.value == "AKIDNOBODY")
        #expect(AuthenticationFault.invalidToken("t").s3Refusal(now: Self.now).code == "InvalidToken")
    }

    @Test(arguments: [
        (request(), 403, "AccessDenied"),
        (request([("authorization", "AWS AKID:c2ln")]), 400, "InvalidRequest"),
        (request([("authorization", "AWS4-HMAC-SHA256 Credential=a/b/c/d/e")]), 400, "AuthorizationHeaderMalformed"),
        (
            request([("authorization", "AWS4-HMAC-SHA256 Credential=a,SignedHeaders=host,Signature=x"), ("x-amz-date", "20150830T123600Z")]), 400,
            "AuthorizationHeaderMalformed"
        ),
        (request([("authorization", "AWS4-HMAC-SHA256 Credential=a/b/c/d/e,SignedHeaders=host,Signature=x")]), 403, "AccessDenied"),
        (request(query: "X-Amz-Algorithm=AWS4-HMAC-SHA256"), 400, "AuthorizationQueryParametersError"),
        (request([("authorization", "AWS4-HMAC-SHA256 x")], query: "X-Amz-Algorithm=x"), 400, "InvalidArgument"),
        (signed(.s3) { $0.headers.fields.append((name: "x-amz-acl", value: "public-read")) }, 403, "AccessDenied"),
        (signed(.s3) { $0.headers.fields.removeAll { $0.name == "x-amz-content-sha256" } }, 400, "InvalidRequest"),
        (
            signed(.s3) { request in
                for index in request.headers.fields.indices where request.headers.fields[index].name == "x-amz-content-sha256" {
                    request.headers.fields[index].value = "nonsense"
                }
            }, 400, "InvalidArgument"
        ),
        (signed(.s3) { reauthorise(&$0) { $0.replacing("/20150830/", with: "/20150829/") } }, 400, "AuthorizationHeaderMalformed"),
        (signed(.s3, expires: 9) { $0.query = $0.query.replacing("20150830T", with: "2015-08-30") }, 400, "AuthorizationQueryParametersError"),
    ]) func `S3 answers a fault with its own code`(_ request: WireRequest, _ status: Int, _ code: String) throws {
        let refusal = try #require(Self.fault(request, .s3)).s3Refusal(now: Self.now)
        #expect(refusal.status == status)
        #expect(refusal.code == code)
    }

    @Test func `a scope for another region is refused with the right one named`() throws {
        let refusal = try #require(Self.fault(Self.signed(.s3), .s3, region: "eu-west-1")).s3Refusal(now: Self.now)
        #expect(refusal.code == "AuthorizationHeaderMalformed")
        #expect(refusal.message == "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'")
        #expect(refusal.members.map(\.value) == ["eu-west-1"])
    }

    @Test func `unsigned S3 headers are named`() throws {
        let request = Self.signed(.s3) { $0.headers.fields.append((name: "x-amz-meta-a", value: "1")) }
        #expect(Self.fault(request, .s3) == .headersNotSigned(["x-amz-meta-a"]))
    }
}
