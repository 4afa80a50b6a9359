/// A URL presigned the way before SigV4, with `AWSAccessKeyId`, `Signature` and `Expires`: boto3 still makes these for S3 unless told otherwise.
/// Only S3 reads them, only in the query. The scheme binds method, path, sub-resources, content type and `x-amz-*`; not the body.
package struct SignatureV2: Sendable {
    /// Parameters that choose what is done to the path's object, hence are signed with it.
    private static let subresources: Set<String> = [
        "accelerate", "acl", "analytics", "cors", "defaultObjectAcl", "delete", "inventory", "lifecycle", "location", "logging", "metrics",
        "notification", "object-lock", "partNumber", "policy", "replication", "requestPayment", "response-cache-control",
        "response-content-disposition", "response-content-encoding", "response-content-language", "response-content-type", "response-expires",
        "restore", "select", "select-type", "storageClass", "tagging", "torrent", "uploadId", "uploads", "versionId", "versioning", "versions",
        "website",
    ]

    package var accessKey: String
    /// Base64 of 20 bytes.
    package var signature: String
    /// Seconds since 1970, as sent.
    package var expires: String
    private var parameters: [(name: String, value: String)]

    /// Nil when the query is no such form of authentication.
    package init?(_ request: WireRequest) throws(AuthenticationFault) {
        guard !request.query.isEmpty, let pairs = Percent.pairs(query: request.query) else { return nil }
        let find: (String) -> String? = { name in pairs.first { $0.name == name }?.value }
        guard let accessKey = find("AWSAccessKeyId") else { return nil }
        if let header = request.headers["authorization"] { throw .bothForms(header: header) }
        guard let signature = find("Signature"), let expires = find("Expires") else { throw .missing }
        self.accessKey = accessKey
        self.signature = signature
        self.expires = expires
        parameters = pairs
    }

    /// Headers that travel in the query of such a URL: content type, content MD5 and `x-amz-*`; they count as if sent as headers.
    package var carriedHeaders: [(name: String, value: String)] {
        parameters.filter { Self.isCarried($0.name) }
    }

    /// The session token of a temporary credential.
    package var token: String? {
        parameters.first { $0.name == "x-amz-security-token" }?.value
    }

    /// - Parameters:
    ///   - bucket: the bucket that the host names; nil where it stands in the path.
    ///   - token: the session token of a temporary credential; it must then be the request's.
    package func verify(
        _ request: WireRequest,
        secret: String,
        token expectedToken: String? = nil,
        bucket: String?,
        now: Timestamp
    ) throws(AuthenticationFault) {
        guard let seconds = Int64(expires), (0...253_402_300_799).contains(seconds) else { throw .malformedExpiry(expires) }
        let end = SigningDate(Timestamp(milliseconds: seconds * 1000))
        if now.milliseconds > end.timestamp.milliseconds {
            throw .expired(signed: end, oldest: SigningDate(now), now: SigningDate(now), window: 0, .query)
        }
        if let expectedToken, token != expectedToken { throw .invalidToken(token ?? "") }
        let stringToSign = stringToSign(request, bucket: bucket)
        let expected = Self.sign(stringToSign, secret: secret)
        guard let sent = try? Base64.decode(signature), areEqualInConstantTime(sent, expected) else {
            throw .mismatch(SignatureMismatch(accessKey: accessKey, signature: signature, canonicalRequest: nil, stringToSign: stringToSign))
        }
    }

    /// HMAC-SHA1: 20 bytes.
    static func sign(_ text: String, secret: String) -> [UInt8] {
        HMACKey<SHA1>(Array(secret.utf8)).sign(Array(text.utf8))
    }

    private static func isCarried(_ name: String) -> Bool {
        name == "content-type" || name == "content-md5" || name.hasPrefix("x-amz-")
    }

    private func stringToSign(_ request: WireRequest, bucket: String?) -> String {
        var headers: [String: String] = [:]
        for field in request.headers.fields where Self.isCarried(field.name) {
            let value = String(field.value.drop { $0 == " " })
            headers[field.name] = headers[field.name].map { "\($0),\(value)" } ?? value
        }
        // The query has the last word: it is the part that was certainly signed.
        for carried in carriedHeaders { headers[carried.name] = carried.value }
        var lines = [request.method, headers["content-md5", default: ""], headers["content-type", default: ""], expires]
        for name in headers.keys.filter({ $0.hasPrefix("x-amz-") }).sorted() {
            lines.append("\(name):\(headers[name, default: ""])")
        }
        lines.append(resource(request, bucket: bucket))
        return lines.joined(separator: "\n")
    }

    private func resource(_ request: WireRequest, bucket: String?) -> String {
        let path = (bucket.map { "/\($0)" } ?? "") + (request.path.isEmpty ? "/" : request.path)
        let bare = Set(request.query.split(separator: "&").filter { !$0.utf8.contains(UInt8(ascii: "=")) })
        let signed = parameters.filter { Self.subresources.contains($0.name) }
            .sorted { $0.name < $1.name }
            .map { bare.contains(Substring($0.name)) ? $0.name : "\($0.name)=\($0.value)" }
        return signed.isEmpty ? path : "\(path)?\(signed.joined(separator: "&"))"
    }
}
