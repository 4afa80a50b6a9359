import ServiceKit
import Wire

/// Who may use the control paths, `/_personalite/…`: this machine, and whoever can prove that he was let in.
struct ControlAccess: Sendable {
    let authenticator: Authenticator
    /// The token of the server's start, for `Authorization: Bearer`; nil when there is none.
    let token: String?

    /// What probes ask that cannot sign, and the certificate that each connection shows anyway.
    private static let open: Set<Substring> = ["health", "ready", "certificate"]

    /// What tells what is stored. A page whose name was made to point at this machine reads what it asks for, so such a request must name
    /// this machine, as changes must.
    private static let telling: Set<Substring> = [
        "explain", "users", "items", "requests", "live", "work", "snapshots", "filter", "dataset", "rejected", "training", "readers", "settings",
    ]

    /// Why a request for a control path is refused; nil when it is not.
    func refusal(_ request: WireRequest, _ path: Substring) -> String? {
        let changes = request.method != "GET" && request.method != "HEAD"
        if !changes, Self.open.contains(path) { return nil }
        if let authorization = request.headers["authorization"], authorization.lowercased().hasPrefix("bearer ") {
            let given = Array(authorization.dropFirst("bearer ".count).utf8)
            let isRight = token.map { areEqualInConstantTime(given, Array($0.utf8)) } ?? false
            return isRight ? nil : "\(path) is refused: the token is not that of the server's start"
        }
        guard let obstacle = Self.obstacle(request, mustNameMachine: changes || Self.telling.contains(path)), !authenticator.isSigned(request) else {
            return nil
        }
        return "\(path) is refused: \(obstacle). Sign the request with a key that the server knows, or send its token as Authorization: Bearer TOKEN"
    }

    /// Why being on this machine does not speak for a request.
    private static func obstacle(_ request: WireRequest, mustNameMachine: Bool) -> String? {
        if request.isFromAnotherMachine { return "it comes from another machine" }
        guard mustNameMachine else { return nil }
        // A page whose name was made to point at this machine can send anything but another Host.
        guard let host = request.headers.authority, Loopback.isName(authority: host) else { return "the Host is not a loopback name" }
        return CrossOrigin.isForeign(request) ? "the Origin is foreign" : nil
    }
}
