package import Wire

/// Which stage of which API a request is for, and its path there.
package struct ExecuteTarget: Equatable, Sendable {
    package let api: String
    /// Empty when the path names none.
    package let stage: String
    /// As sent, with its slash.
    package let path: String
    /// Whether the Host header named the API: then a page that it answers has an origin of its own.
    package let isByHost: Bool

    /// `API.execute-api.ANYTHING/STAGE/…`, `/_aws/execute-api/API/STAGE/…`, `/restapis/API/STAGE/_user_request_/…`; nil for any other request.
    package init?(_ request: WireRequest) {
        if let api = Self.api(ofHost: request) {
            let (stage, path) = Self.parts(request.path.dropFirst())
            self.init(api: api, stage: stage, path: path, isByHost: true)
            return
        }
        if request.path.hasPrefix("/_aws/execute-api/") {
            let (api, rest) = Self.parts(request.path.dropFirst("/_aws/execute-api/".count))
            let (stage, path) = Self.parts(rest.dropFirst())
            self.init(api: api, stage: stage, path: path, isByHost: false)
            return
        }
        guard request.path.hasPrefix("/restapis/") else { return nil }
        let parts = request.path.split(separator: "/", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count >= 5, parts[4] == "_user_request_", !parts[2].isEmpty else { return nil }
        let path = parts.count > 5 ? "/" + parts[5] : "/"
        self.init(api: String(parts[2]), stage: String(parts[3]), path: path, isByHost: false)
    }

    private init(api: String, stage: String, path: String, isByHost: Bool) {
        self.api = api
        self.stage = stage
        self.path = path
        self.isByHost = isByHost
    }

    /// The API that a Host header names; nil for any other host.
    package static func api(ofHost request: WireRequest) -> String? {
        guard let host = request.headers["host"].map({ HostHeader.authority($0) }), let dot = host.utf8.firstIndex(of: UInt8(ascii: ".")),
            dot > host.startIndex, host.utf8[dot...].dropFirst().first.map({ $0 | 0x20 }) == UInt8(ascii: "e"),
            case let rest = host[dot...].dropFirst().lowercased(), rest.hasPrefix("execute-api."),
            // `a.execute-api.b.s3.localhost` is a bucket.
            !rest.contains(".s3."), !rest.contains(".s3-"), !rest.hasSuffix(".s3")
        else { return nil }
        return host[..<dot].lowercased()
    }

    /// The first segment, and what follows it with its slash.
    private static func parts(_ text: some StringProtocol) -> (String, String) {
        let first = text.prefix { $0 != "/" }
        let rest = text.dropFirst(first.count)
        return (String(first), rest.isEmpty ? "/" : String(rest))
    }
}
