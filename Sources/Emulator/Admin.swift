import Wire

/// `/_personalite/…`: what the server says of itself, and the one thing it can be told.
struct Admin: Sendable {
    let version: String
    let isReady: @Sendable () -> Bool
    let reset: @Sendable () throws(ServiceError) -> Void

    func answer(_ request: WireRequest, _ call: Call) -> WireResponse {
        let path = request.path.dropFirst(Route.adminPrefix.count)
        switch (request.method, path) {
        case ("GET", "health"), ("HEAD", "health"):
            return json(200, [("status", .string("ok")), ("version", .string(version)), ("services", services)])
        case ("GET", "ready"), ("HEAD", "ready"):
            return json(isReady() ? 200 : 503, [("ready", .boolean(isReady()))])
        case ("GET", "version"), ("HEAD", "version"): return json(200, [("version", .string(version))])
        case ("POST", "reset"): return reset(request)
        case (_, "health"), (_, "ready"), (_, "version"), (_, "reset"): return json(405, [("message", .string("method not allowed"))])
        default: return json(404, [("message", .string("no such path: /_personalite/\(path)"))])
        }
    }

    private var services: Document {
        let names = ["kinesis", "personalize", "personalize-events", "personalize-runtime", "s3"]
        return .object(Document.Fields(names.map { ($0, .string("running")) }))
    }

    /// A page on the web must not be able to wipe a developer's data: it can send this request, but neither with a loopback Host
    /// after a rebinding of its name, nor without its Origin.
    private func reset(_ request: WireRequest) -> WireResponse {
        guard let host = request.headers["host"], Self.isLoopback(authority: host) else {
            return json(403, [("message", .string("reset is refused: the Host is not a loopback name"))])
        }
        if let origin = request.headers["origin"], !Self.isLocal(origin: origin) {
            return json(403, [("message", .string("reset is refused: the Origin is foreign"))])
        }
        do throws(ServiceError) {
            try reset()
            return json(200, [("reset", .boolean(true))])
        } catch {
            return json(error.status, [("message", .string(error.message ?? "reset failed"))])
        }
    }

    /// Whether a page that this machine serves is asking.
    static func isLocal(origin: String) -> Bool {
        guard let scheme = ["http://", "https://"].first(where: { origin.hasPrefix($0) }) else { return false }
        return isLoopback(authority: String(origin.dropFirst(scheme.count)))
    }

    /// `localhost`, `127.x.y.z` or `[::1]`, with or without a port.
    static func isLoopback(authority: String) -> Bool {
        if authority == "[::1]" || authority.hasPrefix("[::1]:") { return true }
        let host = authority.split(separator: ":", omittingEmptySubsequences: false)
        guard let name = host.first, host.count <= 2 else { return false }
        if name.lowercased() == "localhost" { return true }
        let numbers = name.split(separator: ".", omittingEmptySubsequences: false)
        return numbers.count == 4 && numbers.first == "127" && numbers.allSatisfy { UInt8($0) != nil }
    }

    private func json(_ status: Int, _ fields: [(String, Document)]) -> WireResponse {
        WireResponse(
            status: status,
            headers: [("content-type", "application/json"), ("cache-control", "no-store")],
            body: .bytes(JSON.write(.object(Document.Fields(fields))))
        )
    }
}
