extension AuthenticationFault {
    /// In S3's words; `now` is given where S3 states its own time.
    package func s3Refusal(now: Timestamp) -> AuthenticationRefusal {
        switch self {
        case .missing:
            .denied("Access Denied")
        case .bothForms(let header):
            AuthenticationRefusal(
                status: 400,
                code: "InvalidArgument",
                message: """
                    Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter \
                    or the Authorization header should be specified
                    """,
                members: [("ArgumentName", "Authorization"), ("ArgumentValue", header)]
            )
        case .otherScheme(let header):
            AuthenticationRefusal(
                status: 400,
                code: "InvalidArgument",
                message: "Unsupported Authorization Type",
                members: [("ArgumentName", "Authorization"), ("ArgumentValue", header)]
            )
        case .notKeyValue, .incompleteHeader(_, date: false, _):
            .malformedHeader("The authorization header requires three components: Credential, SignedHeaders, and Signature.")
        case .incompleteHeader(let missing, date: true, _):
            missing.isEmpty
                ? .denied("AWS authentication requires a valid Date or x-amz-date header")
                : .malformedHeader("The authorization header requires three components: Credential, SignedHeaders, and Signature.")
        case .incompleteQuery:
            .malformedQuery(
                """
                Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, \
                X-Amz-SignedHeaders, and X-Amz-Expires parameters.
                """
            )
        case .unsupportedAlgorithm(_, .header):
            AuthenticationRefusal(
                status: 400,
                code: "InvalidRequest",
                message: "The authorization mechanism you have provided is not supported. Please use \(StringToSign.algorithm)."
            )
        case .unsupportedAlgorithm(_, .query):
            .malformedQuery("X-Amz-Algorithm only supports \"\(StringToSign.algorithm)\"")
        case .malformedCredential(_, let form):
            .credential(form, "the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".")
        case .malformedDate(_, .header):
            .denied("AWS authentication requires a valid Date or x-amz-date header")
        case .malformedDate(_, .query):
            .malformedQuery("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"")
        case .malformedExpiry(let expires):
            .expiry(expires)
        case .wrongScope(let faults, let form):
            .scope(faults, form)
        case .headersNotSigned(let names):
            AuthenticationRefusal(
                status: 403,
                code: "AccessDenied",
                message: "There were headers present in the request which were not signed",
                members: [("HeadersNotSigned", names.joined(separator: ", "))]
            )
        case .unknownKey(let accessKey):
            AuthenticationRefusal(
                status: 403,
                code: "InvalidAccessKeyId",
                message: "The AWS Access Key Id you provided does not exist in our records.",
                members: [("AWSAccessKeyId", accessKey)]
            )
        case .invalidToken(let token):
            .token(token, "InvalidToken", "The provided token is malformed or otherwise invalid.")
        case .expiredToken(let token):
            .token(token, "ExpiredToken", "The provided token has expired.")
        case .expired(let signed, _, _, _, .header), .notYetCurrent(let signed, _, _, _, .header):
            AuthenticationRefusal(
                status: 403,
                code: "RequestTimeTooSkewed",
                message: "The difference between the request time and the current time is too large.",
                members: [
                    ("RequestTime", signed.text),
                    ("ServerTime", ISO8601.seconds(now)),
                    ("MaxAllowedSkewMilliseconds", String(SignedRequest.maximumSkew * 1000)),
                ]
            )
        case .expired(let signed, _, _, let window, .query):
            AuthenticationRefusal(
                status: 403,
                code: "AccessDenied",
                message: "Request has expired",
                // A URL that names its end rather than its life has no life to state.
                members: (window == 0 ? [] : [("X-Amz-Expires", String(window))]) + [
                    ("Expires", ISO8601.seconds(signed.timestamp.advanced(bySeconds: Double(window)))),
                    ("ServerTime", ISO8601.seconds(now)),
                ]
            )
        case .notYetCurrent(_, _, _, _, .query):
            AuthenticationRefusal(
                status: 403,
                code: "AccessDenied",
                message: "Request is not valid yet",
                members: [("ServerTime", ISO8601.seconds(now))]
            )
        case .mismatch(let mismatch):
            mismatch.s3Refusal
        case .payloadHashMissing:
            AuthenticationRefusal(status: 400, code: "InvalidRequest", message: "Missing required header for this request: x-amz-content-sha256")
        case .malformedPayloadHash(let text):
            AuthenticationRefusal(
                status: 400,
                code: "InvalidArgument",
                message: """
                    x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, \
                    STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.
                    """,
                members: [("ArgumentName", "x-amz-content-sha256"), ("ArgumentValue", text)]
            )
        }
    }
}

extension AuthenticationRefusal {
    fileprivate static func denied(_ message: String) -> AuthenticationRefusal {
        AuthenticationRefusal(status: 403, code: "AccessDenied", message: message)
    }

    fileprivate static func token(_ token: String, _ code: String, _ message: String) -> AuthenticationRefusal {
        AuthenticationRefusal(status: 400, code: code, message: message, members: [("Token-0", token)])
    }

    fileprivate static func malformedHeader(_ message: String) -> AuthenticationRefusal {
        AuthenticationRefusal(
            status: 400,
            code: "AuthorizationHeaderMalformed",
            message: "The authorization header is malformed; \(message)"
        )
    }

    fileprivate static func malformedQuery(_ message: String) -> AuthenticationRefusal {
        AuthenticationRefusal(status: 400, code: "AuthorizationQueryParametersError", message: message)
    }

    fileprivate static func credential(_ form: SignedRequest.Form, _ message: String) -> AuthenticationRefusal {
        switch form {
        case .header: malformedHeader(message)
        case .query: malformedQuery("Error parsing the X-Amz-Credential parameter; \(message)")
        }
    }

    fileprivate static func expiry(_ expires: String) -> AuthenticationRefusal {
        guard let seconds = Int(expires) else { return malformedQuery("X-Amz-Expires should be a number") }
        return malformedQuery(
            seconds < 0
                ? "X-Amz-Expires must be non-negative"
                : """
                X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than \
                \(SignedRequest.maximumExpiry) seconds
                """
        )
    }

    /// S3 reports the first fault only.
    fileprivate static func scope(_ faults: [ScopeFault], _ form: SignedRequest.Form) -> AuthenticationRefusal {
        switch faults.first {
        case .region(let region, let expected):
            var refusal = credential(form, "the region '\(region)' is wrong; expecting '\(expected)'")
            refusal.members = [("Region", expected)]
            return refusal
        case .service(let service, let expected):
            return credential(form, "incorrect service \"\(service)\". This endpoint belongs to \"\(expected)\".")
        case .terminator(let terminator):
            return credential(form, "incorrect terminal \"\(terminator)\". This endpoint uses \"\(CredentialScope.terminator)\".")
        case .date(let date, let signed):
            return credential(form, "Invalid credential date \"\(date)\". This date is not the same as X-Amz-Date: \"\(signed.prefix(8))\".")
        case nil:
            preconditionFailure("a wrong scope names what is wrong")
        }
    }
}

extension SignatureMismatch {
    package var s3Refusal: AuthenticationRefusal {
        var members = [
            (name: "AWSAccessKeyId", value: accessKey),
            (name: "StringToSign", value: stringToSign),
            (name: "SignatureProvided", value: signature),
            (name: "StringToSignBytes", value: Self.spell(stringToSign)),
        ]
        if let canonicalRequest {
            members.append((name: "CanonicalRequest", value: canonicalRequest))
            members.append((name: "CanonicalRequestBytes", value: Self.spell(canonicalRequest)))
        }
        return AuthenticationRefusal(
            status: 403,
            code: "SignatureDoesNotMatch",
            message: "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
            members: members
        )
    }

    /// `41 57 53 34 …`
    private static func spell(_ text: String) -> String {
        var output: [UInt8] = []
        for byte in text.utf8 {
            if !output.isEmpty { output.append(UInt8(ascii: " ")) }
            Hex.append(CollectionOfOne(byte), to: &output)
        }
        return String(decoding: output, as: UTF8.self)
    }
}

/// ISO 8601 extended form in UTC.
package enum ISO8601 {
    /// `2015-08-30T12:36:00.123Z`.
    package static func milliseconds(_ timestamp: Timestamp) -> String {
        let fraction = String(1000 + timestamp.milliseconds - timestamp.seconds * 1000).dropFirst()
        return "\(seconds(timestamp).dropLast()).\(fraction)Z"
    }

    /// `2015-08-30T12:36:00Z`.
    package static func seconds(_ timestamp: Timestamp) -> String {
        let basic = Array(SigningDate.format(timestamp).utf8)
        var output = Array(basic[0..<4])
        for (separator, range) in [("-", 4..<6), ("-", 6..<8), ("", 8..<11), (":", 11..<13), (":", 13..<16)] {
            output.append(contentsOf: separator.utf8)
            output.append(contentsOf: basic[range])
        }
        return String(decoding: output, as: UTF8.self)
    }
}
