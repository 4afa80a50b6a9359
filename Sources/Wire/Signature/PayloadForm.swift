/// How an S3 request binds its body to its signature: the meanings of `x-amz-content-sha256`.
package enum PayloadForm: Sendable, Equatable {
    /// The SHA-256 of the whole body, in hexadecimal as sent.
    case hash(String)
    case unsigned
    /// aws-chunked, each chunk signed; the flag says whether signed trailers follow.
    case signedChunks(trailer: Bool)
    /// aws-chunked with trailers, nothing of it signed.
    case unsignedChunks

    /// Nil when the text is none of them.
    package init?(_ text: String) {
        switch text {
        case "UNSIGNED-PAYLOAD": self = .unsigned
        case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD": self = .signedChunks(trailer: false)
        case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER": self = .signedChunks(trailer: true)
        case "STREAMING-UNSIGNED-PAYLOAD-TRAILER": self = .unsignedChunks
        default:
            guard text.utf8.count == 64, text.utf8.allSatisfy({ Hex.value(of: $0) != nil }) else { return nil }
            self = .hash(text)
        }
    }

    package var text: String {
        switch self {
        case .hash(let text): text
        case .unsigned: "UNSIGNED-PAYLOAD"
        case .signedChunks(let trailer): trailer ? "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" : "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
        case .unsignedChunks: "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
        }
    }

    /// Whether the body is in aws-chunked encoding.
    package var isChunked: Bool {
        switch self {
        case .hash, .unsigned: false
        case .signedChunks, .unsignedChunks: true
        }
    }
}
