import NIOCore
import NIOHPACK
import Wire

/// A request head from an HTTP/2 header list (RFC 9113 §8.3), held to the rules of HTTP/1 heads. What concerns the framing of HTTP/2 itself,
/// such as the order of pseudo-headers, was checked before.
extension RequestHead {
    /// - Parameter isWhole: no body follows.
    init(_ list: HPACKHeaders, isWhole: Bool, limits: Limits) throws(HTTPRequestError) {
        guard list.count <= limits.headerFields else { throw .tooManyFields }
        // As the peer was told to count them (RFC 9113 §6.5.2).
        guard list.reduce(0, { $0 + $1.name.utf8.count + $1.value.utf8.count + 32 }) <= limits.headBytes else { throw .headTooLarge }
        guard let method = list.first(name: ":method"), !method.isEmpty, method.utf8.allSatisfy(Characters.isToken) else {
            throw .bad("The request has no method.")
        }
        guard var target = list.first(name: ":path"), !target.isEmpty else { throw .bad("The request has no path.") }
        guard target.utf8.count <= limits.targetBytes else { throw .targetTooLong }
        let parts = try Self.target(&target, method)
        request = WireRequest(method: method, path: parts.path, query: parts.query)
        request.headers.fields.reserveCapacity(list.count)
        let authority = list.first(name: ":authority")
        if let authority { try add("host", authority) }
        for (name, value, _) in list where !name.hasPrefix(":") {
            if name == "host", let authority {
                guard HostHeader.authority(value).lowercased() == HostHeader.authority(authority).lowercased() else {
                    throw .bad(":authority and the Host header name different hosts.")
                }
            } else {
                try add(name, value)
            }
        }
        guard let host = request.headers.authority, host.utf8.allSatisfy(Characters.isAuthority) else { throw .bad("The request names no host.") }
        if isWhole { framing = .empty } else if framing == .empty { framing = .chunked }
    }

    private static func target(_ text: inout String, _ method: String) throws(HTTPRequestError) -> RequestTarget {
        let parsed: Result<RequestTarget, HTTPRequestError> = text.withUTF8 { bytes in
            Result { () throws(HTTPRequestError) in try RequestTarget(UnsafeRawBufferPointer(bytes), method: method) }
        }
        return try parsed.get()
    }

    private mutating func add(_ name: String, _ value: String) throws(HTTPRequestError) {
        guard name.utf8.allSatisfy(Characters.isToken), !name.isEmpty else { throw .bad("A header name has a character that cannot be in it.") }
        guard value.utf8.allSatisfy(Characters.isFieldValue) else { throw .bad("A header value has a control character in it.") }
        switch name {
        case "content-length":
            guard !value.isEmpty, value.utf8.count <= 18, value.utf8.allSatisfy(Characters.isDigit), let length = Int(value) else {
                throw .bad("The Content-Length header is not a number.")
            }
            guard framing == .empty else { throw .bad("A request cannot have two Content-Length headers.") }
            framing = .length(length)
        case "transfer-encoding", "connection", "keep-alive", "upgrade", "proxy-connection":
            throw .bad("HTTP/2 has no \(name) header.")
        case "expect":
            guard value.lowercased() == "100-continue" else { throw .unknownExpectation }
            expectsContinue = true
        default: break
        }
        request.headers.fields.append((name: name, value: value))
    }
}
