/// The Host header of a request. Some clients put the endpoint's whole URL into it, `http://localhost:4590` for `localhost:4590`; they are served as
/// if they had not. What was signed is the header as it was sent.
package enum HostHeader {
    /// The host and port that a header's value names.
    package static func authority(_ value: String) -> Substring {
        // Nearly all, of every request.
        guard value.utf8.contains(UInt8(ascii: "/")) else { return value[...] }
        for scheme in ["http://", "https://"] where value.utf8.count > scheme.utf8.count && value.prefix(scheme.count).lowercased() == scheme {
            let rest = value.dropFirst(scheme.count)
            return rest.hasSuffix("/") ? rest.dropLast() : rest
        }
        return value[...]
    }
}

extension WireHeaders {
    /// The host and port that the request is for; nil without a Host header.
    package var authority: String? {
        self["host"].map { String(HostHeader.authority($0)) }
    }
}
