/// The signature of a form upload to S3: over the policy, as it stands in the form, in either version.
package struct PostSignature: Sendable {
    /// Why it is not accepted.
    package enum Fault: Error, Sendable {
        /// A field that the others need, as S3 spells its name.
        case missing(String)
        case malformedCredential(String)
        case wrongService(credential: String, service: String)
        case malformedDate(String)
        case unsupportedAlgorithm(String)
        case authentication(AuthenticationFault)
    }

    private enum Version: Sendable {
        case two
        case four(CredentialScope)
    }

    package let accessKey: String
    /// In base64, as sent.
    package let policy: String
    /// Of the credential's scope; nil in version 2, which has none.
    package let region: String?
    private let version: Version
    private let signature: String
    /// The session token of a temporary credential.
    package let token: String?

    /// Nil when the form is not signed at all.
    /// - Parameter field: the value of a field by its name; case does not count.
    package init?(_ field: (String) -> String?) throws(Fault) {
        let newer = ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Signature"]
        let older = ["AWSAccessKeyId", "Signature"]
        let names = newer.contains { field($0) != nil } ? newer : older
        guard names.contains(where: { field($0) != nil }) else { return nil }
        var values: [String: String] = [:]
        for name in names + ["Policy"] {
            guard let value = field(name) else { throw .missing(name) }
            values[name] = value
        }
        policy = values["Policy", default: ""]
        token = field("x-amz-security-token")
        if names == older {
            accessKey = values["AWSAccessKeyId", default: ""]
            signature = values["Signature", default: ""]
            version = .two
            region = nil
            return
        }
        let algorithm = values["X-Amz-Algorithm", default: ""]
        guard algorithm == StringToSign.algorithm else { throw .unsupportedAlgorithm(algorithm) }
        let credential = values["X-Amz-Credential", default: ""]
        guard let scope = CredentialScope(credential), scope.terminator == CredentialScope.terminator else { throw .malformedCredential(credential) }
        guard scope.service == "s3" else { throw .wrongService(credential: credential, service: scope.service) }
        let date = values["X-Amz-Date", default: ""]
        guard SigningDate(basic: date) != nil else { throw .malformedDate(date) }
        accessKey = scope.accessKey
        signature = values["X-Amz-Signature", default: ""]
        version = .four(scope)
        region = scope.region
    }

    /// - Parameter token: the session token of a temporary credential; it must then be the form's.
    package func verify(secret: String, token expectedToken: String?, keys: SigningKeys) throws(Fault) {
        if let expectedToken, token != expectedToken { throw .authentication(.invalidToken(token ?? "")) }
        let isRight =
            switch version {
            case .two:
                (try? Base64.decode(signature)).map { areEqualInConstantTime($0, SignatureV2.sign(policy, secret: secret)) } ?? false
            case .four(let scope):
                Hex.digest(signature).map { areEqualInConstantTime($0, keys.key(secret: secret, scope: scope).sign(Array(policy.utf8))) } ?? false
            }
        guard !isRight else { return }
        let mismatch = SignatureMismatch(accessKey: accessKey, signature: signature, canonicalRequest: nil, stringToSign: policy)
        throw .authentication(.mismatch(mismatch))
    }
}
