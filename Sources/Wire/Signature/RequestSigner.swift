/// Signs requests as a client does: for the demonstration, the load generator and the tests.
package struct RequestSigner: Sendable {
    package var accessKey: String
    package var secret: String
    /// Of a temporary credential.
    package var token: String?
    package var region: String
    package var service: String
    package var rules: SignatureRules
    private let keys: SigningKeys

    package init(
        accessKey: String,
        secret: String,
        token: String? = nil,
        region: String,
        service: String,
        rules: SignatureRules,
        keys: SigningKeys = SigningKeys()
    ) {
        self.accessKey = accessKey
        self.secret = secret
        self.token = token
        self.region = region
        self.service = service
        self.rules = rules
        self.keys = keys
    }

    /// Adds `x-amz-date` and its companions and the `authorization` header. Every header present is signed; `host` must be among them.
    /// - Parameter payload: how an S3 body is bound; nil hashes it.
    package func sign(_ request: inout WireRequest, at now: Timestamp, payload: PayloadForm? = nil) {
        let date = SigningDate(now)
        let scope = scope(date)
        request.headers.fields.append((name: "x-amz-date", value: date.text))
        if let token { request.headers.fields.append((name: "x-amz-security-token", value: token)) }
        let payloadHash = payload?.text ?? SHA256Hex.text(of: request.body)
        if rules == .s3 { request.headers.fields.append((name: "x-amz-content-sha256", value: payloadHash)) }
        let names = Set(request.headers.fields.map(\.name)).sorted()
        let signature = signature(of: request, signedHeaders: names, payloadHash: payloadHash, date: date, scope: scope)
        let credential = "\(accessKey)/\(scope.text)"
        request.headers.fields.append(
            (
                name: "authorization",
                value: "\(StringToSign.algorithm) Credential=\(credential), SignedHeaders=\(names.joined(separator: ";")), Signature=\(signature)"
            )
        )
    }

    /// Turns the request into a presigned one that is good for `expires` seconds.
    package func presign(_ request: inout WireRequest, at now: Timestamp, expires: Int) {
        let date = SigningDate(now)
        let scope = scope(date)
        let names = Set(request.headers.fields.map(\.name)).sorted()
        var parameters = [
            ("X-Amz-Algorithm", StringToSign.algorithm),
            ("X-Amz-Credential", "\(accessKey)/\(scope.text)"),
            ("X-Amz-Date", date.text),
            ("X-Amz-Expires", String(expires)),
            ("X-Amz-SignedHeaders", names.joined(separator: ";")),
        ]
        if let token { parameters.append(("X-Amz-Security-Token", token)) }
        let query = parameters.map { "\($0.0)=\(Percent.encode($0.1))" }.joined(separator: "&")
        request.query = request.query.isEmpty ? query : "\(request.query)&\(query)"
        let payloadHash = rules == .s3 ? PayloadForm.unsigned.text : SHA256Hex.text(of: request.body)
        request.query += "&X-Amz-Signature=\(signature(of: request, signedHeaders: names, payloadHash: payloadHash, date: date, scope: scope))"
    }

    private func scope(_ date: SigningDate) -> CredentialScope {
        CredentialScope(accessKey: accessKey, date: String(date.day), region: region, service: service)
    }

    private func signature(
        of request: WireRequest,
        signedHeaders names: [String],
        payloadHash: String,
        date: SigningDate,
        scope: CredentialScope
    ) -> String {
        let canonical = CanonicalRequest(request, signedHeaders: names, payloadHash: payloadHash, rules: rules)
        let stringToSign = StringToSign.bytes(date: date.text, scope: scope, canonicalRequest: canonical.bytes)
        return Hex.text(keys.key(secret: secret, scope: scope).sign(stringToSign))
    }
}
