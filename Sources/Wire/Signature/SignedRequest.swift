/// What a request says about its own signature; nothing in it has been believed yet.
package struct SignedRequest: Sendable {
    /// Where the signature stood.
    package enum Form: Sendable, Equatable {
        case header
        /// A presigned URL.
        case query
    }

    /// How far a signer's clock may be off, in seconds either way.
    package static let maximumSkew = 900
    /// The longest life of a presigned URL, in seconds: a week.
    package static let maximumExpiry = 604_800

    package var form: Form
    package var rules: SignatureRules
    package var algorithm: String
    package var scope: CredentialScope
    /// Lower-case and sorted.
    package var signedHeaders: [String]
    /// 64 lower-case hexadecimal digits, if the client was right.
    package var signature: String
    /// `X-Amz-Date`, or a `Date` header, as sent.
    package var date: String
    /// `X-Amz-Expires` as sent.
    package var expires: String?
    /// `X-Amz-Security-Token` of a temporary credential.
    package var token: String?
    /// `x-amz-content-sha256` as sent.
    package var payloadHash: String?

    /// Throws when the scope names another region or service than the endpoint's own; a nil is not compared.
    package func requireScope(region: String? = nil, service: String? = nil) throws(AuthenticationFault) {
        var faults: [ScopeFault] = []
        if let region, scope.region != region { faults.append(.region(scope.region, expected: region)) }
        if let service, scope.service != service { faults.append(.service(scope.service, expected: service)) }
        guard faults.isEmpty else { throw .wrongScope(faults, form) }
    }

    /// Checks everything but the body of an S3 request, which is held against ``payloadHash`` while it streams (``PayloadReader``).
    /// - Parameters:
    ///   - secret: the secret of `scope.accessKey`.
    ///   - token: the session token of a temporary credential; it must then be the request's, and signed.
    package func verify(
        _ request: WireRequest,
        secret: String,
        token expectedToken: String? = nil,
        now: Timestamp,
        keys: SigningKeys
    ) throws(AuthenticationFault) {
        let date = try checkedDate(now: now)
        try checkSignedHeaders(request.headers)
        guard algorithm == StringToSign.algorithm else { throw .unsupportedAlgorithm(algorithm, form) }
        try checkScope(date)
        if let expectedToken {
            guard let token, token == expectedToken, form == .query || signedHeaders.contains("x-amz-security-token") else {
                throw .invalidToken(token ?? "")
            }
        }
        let payloadHash = try payloadHash(of: request)
        func mismatch(_ request: WireRequest, _ spelling: CanonicalRequest.PathSpelling) -> SignatureMismatch? {
            self.mismatch(request, payloadHash: payloadHash, date: date, secret: secret, keys: keys, spelling: spelling)
        }
        guard var found = mismatch(request, .asSent) else { return }
        if rules == .s3, mismatch(request, .reencoded) == nil { return }
        found.signedHost = request.withOtherHosts.first { mismatch($0.request, .asSent) == nil }?.host
        throw .mismatch(found)
    }

    /// What the chunks of a body sent as `STREAMING-AWS4-HMAC-SHA256-PAYLOAD` are signed with, once the head is verified.
    package func chunkSigning(secret: String, keys: SigningKeys) -> ChunkSigning {
        let date = SigningDate(header: self.date)?.text ?? self.date
        return ChunkSigning(seed: signature, accessKey: scope.accessKey, date: date, scope: scope.text, key: keys.key(secret: secret, scope: scope))
    }

    private func mismatch(
        _ request: WireRequest,
        payloadHash: String,
        date: SigningDate,
        secret: String,
        keys: SigningKeys,
        spelling: CanonicalRequest.PathSpelling
    ) -> SignatureMismatch? {
        let canonical = CanonicalRequest(request, signedHeaders: signedHeaders, payloadHash: payloadHash, rules: rules, spelling: spelling)
        let stringToSign = StringToSign.bytes(date: date.text, scope: scope, canonicalRequest: canonical.bytes)
        let expected = keys.key(secret: secret, scope: scope).sign(stringToSign)
        if let sent = Hex.digest(signature), areEqualInConstantTime(sent, expected) { return nil }
        return SignatureMismatch(
            accessKey: scope.accessKey,
            signature: signature,
            canonicalRequest: canonical.text,
            stringToSign: String(decoding: stringToSign, as: UTF8.self)
        )
    }

    private func checkedDate(now: Timestamp) throws(AuthenticationFault) -> SigningDate {
        guard let date = form == .header ? SigningDate(header: self.date) : SigningDate(basic: self.date) else {
            throw .malformedDate(self.date, form)
        }
        let life = try life()
        let age = now.milliseconds - date.timestamp.milliseconds
        if age > Int64(life) * 1000 {
            throw .expired(
                signed: date,
                oldest: SigningDate(now.advanced(bySeconds: -Double(life))),
                now: SigningDate(now),
                window: life,
                form
            )
        }
        if -age > Int64(Self.maximumSkew) * 1000 {
            let latest = SigningDate(now.advanced(bySeconds: Double(Self.maximumSkew)))
            throw .notYetCurrent(signed: date, latest: latest, now: SigningDate(now), window: Self.maximumSkew, form)
        }
        return date
    }

    /// For how many seconds after its date the signature is good.
    private func life() throws(AuthenticationFault) -> Int {
        guard form == .query, let expires else { return Self.maximumSkew }
        guard let seconds = Int(expires), (0...Self.maximumExpiry).contains(seconds) else { throw .malformedExpiry(expires) }
        return seconds
    }

    private func checkSignedHeaders(_ headers: WireHeaders) throws(AuthenticationFault) {
        var unsigned = signedHeaders.contains("host") ? [] : ["host"]
        if rules == .s3 {
            // An unsigned x-amz-* field could turn the request into another one: a copy, an ACL, other metadata.
            for field in headers.fields where field.name.hasPrefix("x-amz-") {
                if !signedHeaders.contains(field.name), !unsigned.contains(field.name), field.name != "x-amz-content-sha256" || form == .header {
                    unsigned.append(field.name)
                }
            }
        }
        guard unsigned.isEmpty else { throw .headersNotSigned(unsigned) }
    }

    private func checkScope(_ date: SigningDate) throws(AuthenticationFault) {
        var faults: [ScopeFault] = []
        if scope.terminator != CredentialScope.terminator { faults.append(.terminator(scope.terminator)) }
        if scope.date != date.day { faults.append(.date(scope.date, signed: date.text)) }
        guard faults.isEmpty else { throw .wrongScope(faults, form) }
    }

    /// The last line of the canonical request.
    private func payloadHash(of request: WireRequest) throws(AuthenticationFault) -> String {
        switch rules {
        case .standard:
            return SHA256Hex.text(of: request.body)
        case .s3:
            guard let payloadHash else {
                if form == .query { return PayloadForm.unsigned.text }
                throw .payloadHashMissing
            }
            guard PayloadForm(payloadHash) != nil else { throw .malformedPayloadHash(payloadHash) }
            return payloadHash
        }
    }
}
