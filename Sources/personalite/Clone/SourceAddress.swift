/// Where a data set group is read: another server, or AWS itself.
enum SourceAddress: Equatable {
    /// `http://HOST[:PORT]` or `https://…`, which serves every service.
    case server(String)
    case aws

    /// - Throws: when the text is no address of a server.
    init(_ text: String) throws(CommandFault) {
        let fault = CommandFault("\(text) is no address of a server; it looks like http://127.0.0.1:4590 or https://example.com")
        let schemes = [("http://", ":80"), ("https://", ":443")]
        guard let (scheme, usual) = schemes.first(where: { text.hasPrefix($0.0) }) else { throw fault }
        var authority = text.dropFirst(scheme.count)
        if authority.hasSuffix("/") { authority = authority.dropLast() }
        guard scheme == "https://" || !authority.hasSuffix("amazonaws.com") else {
            throw CommandFault("AWS is asked over https only; without --from it is found by its region.")
        }
        // A usual port is not sent, and so not signed.
        if authority.hasSuffix(usual) { authority = authority.dropLast(usual.count) }
        let signs = ".-_:[]"
        guard !authority.isEmpty, authority.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || signs.contains($0)) }) else { throw fault }
        self = .server(scheme + authority.lowercased())
    }

    /// The address of a service in a region.
    func origin(_ service: String, _ region: String) -> String {
        switch self {
        case .server(let origin): origin
        // Source: "Amazon Personalize endpoints and quotas" and "Amazon S3 endpoints and quotas", AWS General Reference, 2025.
        case .aws: "https://\(service).\(region).amazonaws.com\(region.hasPrefix("cn-") ? ".cn" : "")"
        }
    }

    /// Whether what is sent there can be read on the way by others than this machine.
    var isOpen: Bool {
        guard case .server(let origin) = self, origin.hasPrefix("http://") else { return false }
        let authority = origin.dropFirst("http://".count)
        let host = authority.hasPrefix("[") ? authority.prefix { $0 != "]" } : authority.prefix { $0 != ":" }
        return !(host == "localhost" || host == "[::1" || host.hasPrefix("127."))
    }

    func words(_ region: String) -> String {
        switch self {
        case .server(let origin): origin
        case .aws: "AWS, \(region)"
        }
    }
}
