/// Why the body of an S3 request is not accepted.
package enum PayloadFault: Error, Sendable, Equatable {
    /// It ended early, went on too long, or its chunks are not in form.
    case incomplete
    /// `x-amz-decoded-content-length` is missing beside an aws-chunked body, or no number.
    case lengthMissing
    /// Trailers that are not in form, were not announced, or did not come.
    case malformedTrailer
    indirect case mismatch(SignatureMismatch)
    /// The body's SHA-256 is not the one that was signed.
    case wrongHash(claimed: String, computed: String)
    /// The body's checksum is not the one stated.
    case wrongChecksum(ChecksumAlgorithm)
    case wrongMD5(claimed: String, computed: String)
    /// A checksum that is no base64 or of the wrong length.
    case malformedChecksum(ChecksumAlgorithm)
    case malformedMD5(String)
    /// A checksum in a trailer that is no base64 or of the wrong length.
    case malformedTrailingChecksum(ChecksumAlgorithm)
    /// Checksums of two kinds for one body.
    case manyChecksums
    /// One in a header and one announced for a trailer.
    case checksumTwice
    /// `x-amz-checksum-` and a name that is no algorithm's.
    case unknownChecksum
    /// An algorithm of S3 that is not built here; the value is the header that names it.
    case unbuiltChecksum(String)
    /// `x-amz-trailer` names what is no checksum.
    case unknownTrailer
    /// `x-amz-sdk-checksum-algorithm` without a checksum.
    case checksumMissing
    /// `x-amz-sdk-checksum-algorithm` names no algorithm, or not the one of the checksum beside it.
    case otherAlgorithm

    /// In S3's words.
    package var s3Refusal: AuthenticationRefusal {
        switch self {
        case .incomplete:
            bad("IncompleteBody", "The request body terminated unexpectedly")
        case .lengthMissing:
            AuthenticationRefusal(status: 411, code: "MissingContentLength", message: "You must provide the Content-Length HTTP header.")
        case .malformedTrailer:
            bad(
                "MalformedTrailerError",
                "The request contained trailing data that was not well-formed or did not conform to our published schema."
            )
        case .mismatch(let mismatch):
            mismatch.s3Refusal
        case .wrongHash(let claimed, let computed):
            bad(
                "XAmzContentSHA256Mismatch",
                "The provided 'x-amz-content-sha256' header does not match what was computed.",
                [("ClientComputedContentSHA256", claimed), ("S3ComputedContentSHA256", computed)]
            )
        case .wrongChecksum(let algorithm):
            bad("BadDigest", "The \(algorithm.rawValue) you specified did not match the calculated checksum.")
        case .wrongMD5(let claimed, let computed):
            bad(
                "BadDigest",
                "The Content-MD5 you specified did not match what we received.",
                [("ExpectedDigest", claimed), ("CalculatedDigest", computed)]
            )
        case .malformedChecksum(let algorithm):
            bad("InvalidRequest", "Value for \(algorithm.headerName) header is invalid.")
        case .malformedMD5(let text):
            bad("InvalidDigest", "The Content-MD5 you specified was invalid.", [("Content-MD5", text)])
        case .malformedTrailingChecksum(let algorithm):
            bad("InvalidRequest", "Value for \(algorithm.headerName) trailing header is invalid.")
        case .manyChecksums:
            bad("InvalidRequest", "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
        case .checksumTwice:
            bad("InvalidRequest", "Expecting a single x-amz-checksum- header")
        case .unknownChecksum:
            bad("InvalidRequest", "The algorithm type you specified in x-amz-checksum- header is invalid.")
        case .unbuiltChecksum(let header):
            AuthenticationRefusal(
                status: 501,
                code: "NotImplemented",
                message: "A header you provided implies functionality that is not implemented",
                members: [("Header", header)]
            )
        case .unknownTrailer:
            bad("InvalidRequest", "The value specified in the x-amz-trailer header is not supported")
        case .checksumMissing:
            bad(
                "InvalidRequest",
                "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found."
            )
        case .otherAlgorithm:
            bad("InvalidRequest", "Value for x-amz-sdk-checksum-algorithm header is invalid.")
        }
    }

    private func bad(_ code: String, _ message: String, _ members: [(name: String, value: String)] = []) -> AuthenticationRefusal {
        AuthenticationRefusal(status: 400, code: code, message: message, members: members)
    }
}
