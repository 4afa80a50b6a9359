/// An authentication fault as a service reports it: HTTP status, AWS's code, its sentence, and, for S3, further members of the error in order.
package struct AuthenticationRefusal: Sendable {
    package var status: Int
    package var code: String
    package var message: String
    package var members: [(name: String, value: String)]

    package init(status: Int, code: String, message: String, members: [(name: String, value: String)] = []) {
        self.status = status
        self.code = code
        self.message = message
        self.members = members
    }
}

extension AuthenticationFault {
    /// In the words of the services that speak JSON. AWS's JSON 1.1 endpoints (Kinesis, Personalize) answer 400, its REST endpoints
    /// (Personalize Runtime and Events) 403; the code is what goes into `__type` or `x-amzn-ErrorType`.
    package func refusal(jsonStatus status: Int) -> AuthenticationRefusal {
        let (code, message) = jsonWords
        return AuthenticationRefusal(status: status, code: code, message: message)
    }

    private var jsonWords: (code: String, message: String) {
        switch self {
        case .missing:
            ("MissingAuthenticationTokenException", "Missing Authentication Token")
        case .bothForms:
            invalid("Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.")
        case .otherScheme(let header):
            incomplete(Self.incompleteHeader(["Credential", "Signature", "SignedHeaders"], false, header))
        case .notKeyValue(let piece, let header):
            incomplete("'\(piece)' not a valid key=value pair (missing equal-sign) in Authorization header: '\(header)'.")
        case .incompleteHeader(let missing, let date, let header):
            incomplete(Self.incompleteHeader(missing, date, header))
        case .incompleteQuery(let missing):
            incomplete(
                missing.map { "AWS query-string parameters must include '\($0)'. " }.joined() + "Re-examine the query-string parameters."
            )
        case .unsupportedAlgorithm(let algorithm, _):
            incomplete("Unsupported AWS 'algorithm': '\(algorithm)' (only \(StringToSign.algorithm) for now). ")
        case .malformedCredential(let credential, _):
            incomplete("Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '\(credential)'")
        case .malformedDate(let date, _):
            incomplete("Date must be in ISO-8601 'basic format'. Got '\(date)'. See http://en.wikipedia.org/wiki/ISO_8601")
        case .malformedExpiry(let expires):
            incomplete("X-Amz-Expires must be a whole number of seconds between 0 and \(SignedRequest.maximumExpiry). Got '\(expires)'.")
        case .wrongScope(let faults, _):
            invalid(faults.map(\.jsonSentence).joined())
        case .headersNotSigned(let names):
            invalid(Self.unsigned(names))
        case .unknownKey, .invalidToken:
            ("UnrecognizedClientException", "The security token included in the request is invalid.")
        case .expiredToken:
            ("ExpiredTokenException", "The security token included in the request is expired")
        case .expired(let signed, let oldest, let now, let window, _):
            invalid("Signature expired: \(signed.text) is now earlier than \(oldest.text) (\(now.text) - \(Self.spell(window)))")
        case .notYetCurrent(let signed, let latest, let now, let window, _):
            invalid("Signature not yet current: \(signed.text) is still later than \(latest.text) (\(now.text) + \(Self.spell(window)))")
        case .mismatch(let mismatch):
            invalid(Self.mismatch(mismatch))
        case .payloadHashMissing:
            invalid("'X-Amz-Content-Sha256' must be present.")
        case .malformedPayloadHash(let text):
            invalid("'X-Amz-Content-Sha256' is no hash of a payload: '\(text)'.")
        }
    }

    private func invalid(_ message: String) -> (code: String, message: String) {
        ("InvalidSignatureException", message)
    }

    private func incomplete(_ message: String) -> (code: String, message: String) {
        ("IncompleteSignatureException", message)
    }

    private static func incompleteHeader(_ missing: [String], _ date: Bool, _ header: String) -> String {
        var message = missing.map { "Authorization header requires '\($0)' parameter. " }.joined()
        if date { message += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. " }
        return message + "Authorization=\(header)"
    }

    private static func unsigned(_ names: [String]) -> String {
        names.map { $0 == "host" ? "'Host' or ':authority'" : "'\($0)'" }
            .map { "\($0) must be a 'SignedHeader' in the AWS Authorization." }
            .joined(separator: " ")
    }

    private static func spell(_ seconds: Int) -> String {
        seconds % 60 == 0 ? "\(seconds / 60) min." : "\(seconds) s."
    }

    private static func mismatch(_ mismatch: SignatureMismatch) -> String {
        var message = """
            The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. \
            Consult the service documentation for details.\n
            """
        if let canonicalRequest = mismatch.canonicalRequest {
            message += "\nThe Canonical String for this request should have been\n'\(canonicalRequest)'\n"
        }
        return message + "\nThe String-to-Sign should have been\n'\(mismatch.stringToSign)'\n"
    }
}

extension ScopeFault {
    fileprivate var jsonSentence: String {
        switch self {
        case .region(let region, _): "Credential should be scoped to a valid region, not '\(region)'. "
        case .service(_, let expected): "Credential should be scoped to correct service: '\(expected)'. "
        case .terminator(let terminator):
            "Credential should be scoped with a valid terminator: '\(CredentialScope.terminator)', not '\(terminator)'. "
        case .date(let date, let signed):
            """
            Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: \
            '\(date)' != '\(signed.prefix(8))', from '\(signed)'.
            """
        }
    }
}
