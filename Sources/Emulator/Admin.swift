import CloudWatchEmulator
import PersonalizeEmulator
import S3Emulator
import ServiceKit
import Wire

/// `/_personalite/…`: what the server says of itself, and the few settings that can be changed.
struct Admin: Sendable {
    let version: String
    let access: ControlAccess
    let isReady: @Sendable () -> Bool
    let reset: @Sendable () throws(ServiceError) -> Void
    /// Takes new items into deployed models now; the ARNs of those that got some.
    let update: @Sendable () throws(ServiceError) -> [String]
    let clock: ServerClock
    let faults: FaultAdmin
    /// Carries out a change of the clock, and whatever it makes due.
    let setClock: @Sendable (ClockRequest) throws(ServiceError) -> Void
    let requests: RequestLog
    /// How far the work in hand is; nil while there is none.
    let progress: @Sendable () -> WorkProgress?
    /// What `explain`, `users`, `items` and `filter` answer; the first parameter is which of them.
    let explain: @Sendable (Substring, ExplainRequest, Call) throws(ServiceError) -> Document
    /// What `dataset`, `rejected` and `training` answer.
    let look: @Sendable (Substring, LookRequest, Call) throws(ServiceError) -> Document
    /// What `readers` answers to a query.
    let readers: @Sendable (String, Call) throws(ServiceError) -> Document
    let settings: @Sendable () -> [ShownSetting]
    /// What clients have to trust to speak TLS, in PEM; nil when there is no TLS.
    let certificate: @Sendable () -> String?
    /// In Prometheus's text format.
    let metrics: @Sendable () -> String
    let startup: @Sendable () -> StartupScripts
    /// Nil for a server that keeps none.
    let snapshots: SnapshotAdmin?

    func answer(_ request: WireRequest, _ call: Call) -> WireResponse {
        if NeighbourPaths.isOne(request) { return answerNeighbour(request) }
        let path = request.path.dropFirst(Route.adminPrefix.count)
        // The same in every copy of the program, so they need no permission; what they ask for does.
        if ConsolePages.isPage(path) { return ConsolePages.answer(request, path) }
        if let refusal = access.refusal(request, path) { return json(403, [("message", .string(refusal))]) }
        if let snapshots, SnapshotAdmin.isOne(path) {
            let answer = snapshots.answer(request, path)
            return json(answer.status, answer.body)
        }
        switch (request.method, path) {
        case ("GET", "health"), ("HEAD", "health"):
            return json(200, [("status", .string("ok")), ("version", .string(version)), ("services", services)])
        case ("GET", "ready"), ("HEAD", "ready"):
            return json(isReady() ? 200 : 503, [("ready", .boolean(isReady()))])
        case ("GET", "version"), ("HEAD", "version"): return json(200, [("version", .string(version))])
        case ("POST", "reset"): return resetAll()
        case ("POST", "update"): return updateItems()
        case ("GET", "clock"), ("HEAD", "clock"): return json(200, time)
        case ("POST", "clock"): return setClock(request)
        case ("GET", "faults"): return json(faults.faults("GET", []))
        case ("GET", "effects"): return json(faults.effects("GET", []))
        case ("POST", "faults"), ("PATCH", "faults"), ("DELETE", "faults"):
            return json(faults.faults(request.method, request.body))
        case ("POST", "effects"), ("PATCH", "effects"), ("DELETE", "effects"):
            return json(faults.effects(request.method, request.body))
        case (_, "faults"), (_, "effects"): return json(405, [("message", .string("method not allowed"))])
        case ("GET", "metrics"):
            let headers = [("content-type", CloudWatchService.textType), ("cache-control", "no-store")]
            return WireResponse(status: 200, headers: headers, body: .bytes(Array(metrics().utf8)))
        case ("GET", "fidelity"), ("HEAD", "fidelity"): return json(200, Fidelity.document)
        case ("GET", "explain"), ("GET", "users"), ("GET", "items"), ("POST", "explain"), ("POST", "users"), ("POST", "items"):
            return explain(path, request, call)
        case ("POST", "filter"): return explain(path, request, call)
        case ("GET", _) where LookRequest.isOne(path):
            return answer { () throws(ServiceError) in try look(path, LookRequest(path, query: request.query), call) }
        case ("GET", "readers"): return answer { () throws(ServiceError) in try readers(request.query, call) }
        case ("GET", "settings"): return json(200, [("settings", .list(settings().map(\.document)))])
        case ("GET", "requests"): return listRequests(request)
        case ("DELETE", "requests"):
            guard request.query.isEmpty else { return json(400, [("message", .string("all requests are forgotten; there are no parameters"))]) }
            requests.removeAll()
            return json(200, [("requests", .list([]))])
        case ("GET", "work"): return json(200, [("work", .list(progress().map { [$0.document] } ?? []))])
        case ("GET", "live"):
            guard request.query.isEmpty else { return json(400, [("message", .string("live has no parameters"))]) }
            let feed = LiveFeed(requests, RequestWords(authenticator: access.authenticator), work: progress)
            return WireResponse(status: 200, headers: [("content-type", "text/event-stream"), ("cache-control", "no-store")], body: .stream(feed))
        case ("GET", "certificate"), ("HEAD", "certificate"):
            guard let certificate = certificate() else { return json(404, [("message", .string("this server has no certificate"))]) }
            return WireResponse(status: 200, headers: [("content-type", "application/x-pem-file")], body: .bytes(Array(certificate.utf8)))
        case (_, "health"), (_, "ready"), (_, "version"), (_, "reset"), (_, "update"), (_, "clock"), (_, "fidelity"), (_, "certificate"),
            (_, "explain"), (_, "users"), (_, "items"), (_, "requests"), (_, "live"), (_, "work"), (_, "filter"), (_, "dataset"), (_, "rejected"),
            (_, "training"), (_, "readers"), (_, "settings"):
            return json(405, [("message", .string("method not allowed"))])
        default: return json(404, [("message", .string("no such path: /_personalite/\(path)"))])
        }
    }

    /// What LocalStack or moto would be asked.
    private func answerNeighbour(_ request: WireRequest) -> WireResponse {
        guard let path = NeighbourPaths.own(request.path) else { return json(404, [("message", .string("no such path: \(request.path)"))]) }
        if let refusal = access.refusal(request, path) {
            return json(403, [("message", .string(refusal + NeighbourPaths.advice(request.path)))])
        }
        switch (request.method, path) {
        case ("GET", "health"), ("HEAD", "health"): return json(200, NeighbourPaths.health(version))
        case ("GET", "ready"), ("HEAD", "ready"):
            return json(200, NeighbourPaths.scripts(startup(), isReady: isReady(), isWhole: request.path.hasSuffix("/init")))
        case ("POST", "reset"):
            let answer = resetAll()
            return answer.status == 200 ? json(200, [("status", .string("ok"))]) : answer
        default: return json(405, [("message", .string("method not allowed"))])
        }
    }

    private var services: Document {
        .object(Document.Fields(HostedServices.names.map { ($0, .string("running")) }))
    }

    private func resetAll() -> WireResponse {
        do throws(ServiceError) {
            try reset()
            return json(200, [("reset", .boolean(true))])
        } catch {
            return json(error.status, [("message", .string(error.message ?? "reset failed"))])
        }
    }

    /// The newest requests, those after `after`; or all of the one that `number` names.
    private func listRequests(_ request: WireRequest) -> WireResponse {
        let words = RequestWords(authenticator: access.authenticator)
        guard let asked = Percent.pairs(query: request.query), asked.count <= 1, asked.allSatisfy({ ["after", "number"].contains($0.name) }) else {
            return json(400, [("message", .string("the parameters are after or number, one of them, once"))])
        }
        let value = asked.first.map { Int64($0.value) } ?? 0
        guard let value, value >= 0 else { return json(400, [("message", .string("\(asked[0].name) must be a whole number from 0 on"))]) }
        if asked.first?.name == "number" {
            guard let entry = requests.entry(value) else {
                return json(404, [("message", .string("the request \(value) is not kept any more"))])
            }
            return json(200, words.document(entry, isWhole: true))
        }
        return json(200, [("requests", .list(requests.entries(after: value).map { words.document($0, isWhole: false) }))])
    }

    private func explain(_ subject: Substring, _ request: WireRequest, _ call: Call) -> WireResponse {
        answer { () throws(ServiceError) in try explain(subject, ExplainRequest(subject, query: request.query, body: request.body), call) }
    }

    private func answer(_ body: () throws(ServiceError) -> Document) -> WireResponse {
        do throws(ServiceError) {
            return json(200, try body())
        } catch {
            return json(error.status, [("code", .string(error.code)), ("message", .string(error.message ?? "there is no answer"))])
        }
    }

    private func updateItems() -> WireResponse {
        do throws(ServiceError) {
            return json(200, [("updated", .list(try update().map { .string($0) }))])
        } catch {
            return json(error.status, [("message", .string(error.message ?? "update failed"))])
        }
    }

    private func setClock(_ request: WireRequest) -> WireResponse {
        let asked: ClockRequest
        do throws(ClockRequest.Fault) { asked = try ClockRequest(request.body) } catch {
            return json(400, [("message", .string(error.reason))])
        }
        do throws(ServiceError) {
            try setClock(asked)
            return json(200, time)
        } catch {
            return json(error.status, [("message", .string(error.message ?? "the clock could not be set"))])
        }
    }

    /// `now` and `ahead` in seconds.
    private var time: [(String, Document)] {
        let setting = clock.setting
        return [
            ("now", .timestamp(clock.now)), ("rate", .double(setting.rate)), ("frozen", .boolean(setting.rate == 0)), ("ahead", .double(clock.ahead)),
        ]
    }

    private func json(_ status: Int, _ fields: [(String, Document)]) -> WireResponse {
        json(status, .object(Document.Fields(fields)))
    }

    private func json(_ answer: FaultAdmin.Answer) -> WireResponse {
        json(answer.status, answer.body)
    }

    private func json(_ status: Int, _ document: Document) -> WireResponse {
        WireResponse(
            status: status,
            headers: [("content-type", "application/json"), ("cache-control", "no-store")],
            body: .bytes(JSON.write(document))
        )
    }
}
