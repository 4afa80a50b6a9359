/// Where a server is, as `http://HOST:PORT`.
struct Endpoint {
    let host: String
    let port: UInt16

    init(_ text: String) throws(CommandFault) {
        let fault = CommandFault("\(text) is no endpoint of a server; it looks like http://127.0.0.1:4590")
        guard text.hasPrefix("http://") else { throw fault }
        var rest = text.dropFirst("http://".count)
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        let end = rest.hasPrefix("[") ? rest.firstIndex(of: "]").map { rest.index(after: $0) } : rest.firstIndex(of: ":")
        let name = end.map { rest[..<$0] } ?? rest
        let port = end.map { rest[$0...].dropFirst() } ?? ""
        host = String(name.hasPrefix("[") ? name.dropFirst().dropLast() : name)
        guard !host.isEmpty, !host.contains("/"), let number = port.isEmpty ? 80 : UInt16(port), number > 0 else { throw fault }
        self.port = number
    }
}
