/// The target of a request line (RFC 9112 §3.2) in its origin, absolute and asterisk forms. Nothing is decoded.
struct RequestTarget {
    /// Lower-case `host:port`, when the target was absolute.
    let authority: String?
    let path: String
    let query: String

    init(_ bytes: UnsafeRawBufferPointer, method: String) throws(HTTPRequestError) {
        guard bytes.allSatisfy(Characters.isTarget) else { throw .bad("The request target has a character that must be percent-encoded.") }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .bad("The request target is not UTF-8.") }
        if bytes[0] == UInt8(ascii: "/") {
            authority = nil
            (path, query) = Self.split(text[...])
        } else if text == "*" && method == "OPTIONS" {
            (authority, path, query) = (nil, "*", "")
        } else if let scheme = text.firstRange(of: "://"), ["http", "https"].contains(text[..<scheme.lowerBound].lowercased()) {
            let rest = text[scheme.upperBound...]
            let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
            let host = rest[..<end]
            guard !host.isEmpty, host.utf8.allSatisfy(Characters.isAuthority) else { throw .bad("The request target names no host.") }
            authority = host.lowercased()
            let parts = Self.split(rest[end...])
            (path, query) = (parts.path.isEmpty ? "/" : parts.path, parts.query)
        } else {
            throw .bad("The request target must be a path.")
        }
    }

    private static func split(_ text: Substring) -> (path: String, query: String) {
        guard let mark = text.utf8.firstIndex(of: UInt8(ascii: "?")) else { return (String(text), "") }
        return (String(text[..<mark]), String(text[text.utf8.index(after: mark)...]))
    }
}
