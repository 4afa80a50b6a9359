/// Why a request's signature is not accepted. How AWS words it depends on the service: see ``AuthenticationRefusal``.
package enum AuthenticationFault: Error, Sendable, Equatable {
    /// Neither an `Authorization` header nor query parameters.
    case missing
    /// An `Authorization` header and `X-Amz-Algorithm` both; the value is the header's.
    case bothForms(header: String)
    /// The header is of another scheme, `Basic` or `Bearer`. S3 says so; the JSON services say what such a header lacks.
    case otherScheme(header: String)
    /// A piece of the header without an equals sign.
    case notKeyValue(piece: String, header: String)
    /// Parts that the header lacks; `date` when there is neither `X-Amz-Date` nor `Date`.
    case incompleteHeader(missing: [String], date: Bool, header: String)
    case incompleteQuery(missing: [String])
    case unsupportedAlgorithm(String, SignedRequest.Form)
    /// The credential is not `keyid/date/region/service/term`.
    case malformedCredential(String, SignedRequest.Form)
    case malformedDate(String, SignedRequest.Form)
    /// `X-Amz-Expires` is no whole number from 0 to 604800.
    case malformedExpiry(String)
    /// Elements of the credential's scope that this endpoint does not serve, in AWS's order.
    case wrongScope([ScopeFault], SignedRequest.Form)
    /// The lower-case names of header fields that had to be signed and were not.
    case headersNotSigned([String])
    case unknownKey(String)
    /// The session token is missing, unsigned, or not the one of this access key.
    case invalidToken(String)
    /// The session token is one of ours whose time is over.
    case expiredToken(String)
    /// Signed too long ago; `oldest` is the earliest moment still accepted, `window` the seconds between it and `now`.
    case expired(signed: SigningDate, oldest: SigningDate, now: SigningDate, window: Int, SignedRequest.Form)
    /// Signed in the future by more than `window` seconds.
    case notYetCurrent(signed: SigningDate, latest: SigningDate, now: SigningDate, window: Int, SignedRequest.Form)
    indirect case mismatch(SignatureMismatch)
    /// S3 needs `x-amz-content-sha256` beside the header form.
    case payloadHashMissing
    /// `x-amz-content-sha256` is neither a SHA-256 nor one of the known words.
    case malformedPayloadHash(String)
}

/// One element of a credential's scope that does not fit.
package enum ScopeFault: Sendable, Equatable {
    case region(String, expected: String)
    case service(String, expected: String)
    case terminator(String)
    case date(String, signed: String)
}

/// What was signed as this side sees it, so that whoever signed can find the difference.
package struct SignatureMismatch: Sendable, Equatable {
    package var accessKey: String
    /// As sent.
    package var signature: String
    /// Nil where there is none: the signature of a chunk or a trailer.
    package var canonicalRequest: String?
    package var stringToSign: String
    /// The host by which the signature would be right, where that is not the one that was sent.
    package var signedHost: String?
}
