import Dispatch
import Logging
import ServiceKit
import Synchronization
import Wire

/// Invocations that nobody waits for. Each is a record until it is done with, so none is lost when the server is killed; one that was being carried out then
/// is carried out again.
///
/// As Lambda does: an event whose function fails is tried again after one minute, and once more after two; what is throttled is tried for six hours.
final class AsynchronousEvents: Sendable {
    private struct Event: Sendable {
        var id: String
        var body: Document

        var due: Int64 { body["Due"]?.integerIfAny ?? 0 }
        var queued: Int64 { body["Queued"]?.integerIfAny ?? 0 }
        var attempts: Int { Int(body["Attempts"]?.integerIfAny ?? 0) }
    }

    private struct State {
        /// When each event that is not being carried out is due, in milliseconds of the server's clock.
        var due: [String: Int64] = [:]
        var running: Set<String> = []
        var isTicking = false
        var isStopped = false
    }

    private static let kind = "lambda-event"
    private static let retries = 2
    private static let maximumAge: Int64 = 6 * 3_600_000
    /// That are carried out at a time.
    private static let atOnce = 16
    private static let maximumQueued = 10_000

    private let store: Store
    private let time: any TimeSource
    private let log: Logger
    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "events of functions")
    /// Invokes a function and says whether it failed; an error when it could not be invoked.
    typealias Invoker = @Sendable (FunctionInvocation, @escaping @Sendable (Result<FunctionAnswer, ServiceError>) -> Void) -> Void

    init(store: Store, time: any TimeSource, log: Logger) {
        (self.store, self.time, self.log) = (store, time, log)
    }

    private let invoker = Mutex<Invoker?>(nil)

    /// Goes on with what an earlier run left.
    func start(_ invoker: @escaping Invoker) {
        self.invoker.withLock { $0 = invoker }
        state.withLock { $0.isStopped = false }
        do throws(ServiceError) {
            let damaged = try store.forEachShared(Self.kind) { record in
                state.withLock { state in
                    if !state.running.contains(record.name) { state.due[record.name] = record.body["Due"]?.integerIfAny ?? 0 }
                }
            }
            damaged.report("asynchronous events", to: log)
        } catch {
            log.error("asynchronous events of an earlier run cannot be read", metadata: ["cause": "\(error.message ?? error.code)"])
        }
        queue.async { [self] in look() }
    }

    func stop() {
        state.withLock { $0 = State(isStopped: true) }
        queue.sync {}
    }

    func accept(_ request: InvokeRequest, _ call: Call) throws(ServiceError) {
        guard state.withLock({ $0.due.count + $0.running.count }) < Self.maximumQueued else { throw .tooManyRequests }
        let id = "\(call.now.milliseconds)-\(call.requestID)"
        let function = FunctionName.arn(request.name.name, call) + (request.name.qualifier.map { ":\($0)" } ?? "")
        let body = Document.members([
            ("Function", .string(function)), ("Account", .string(call.account)), ("Region", .string(call.region)),
            ("Payload", .string(Base64.encode(request.payload))), ("ClientContext", request.clientContext.map { .string($0) }),
            ("Queued", .integer(call.now.milliseconds)), ("Due", .integer(call.now.milliseconds)), ("Attempts", .integer(0)),
        ])
        try store.write { transaction in
            try RecordTable.shared(transaction.database).put(Self.kind, id, body)
            transaction.afterCommit { [self] _ in
                state.withLock { $0.due[id] = call.now.milliseconds }
                queue.async { [self] in look() }
            }
        }
    }

    /// Carries out what is due; while something waits for its time, looks again each second, for the server's clock may be moved.
    private func look() {
        let now = time.now.milliseconds
        // While the server starts, events are taken and wait.
        let canInvoke = invoker.withLock { $0 != nil }
        let (begun, ticks) = state.withLock { state in
            guard !state.isStopped, canInvoke else { return ([String](), false) }
            var begun: [String] = []
            for (id, due) in state.due.sorted(by: { $0.key < $1.key }) where due <= now && state.running.count < Self.atOnce {
                state.due[id] = nil
                state.running.insert(id)
                begun.append(id)
            }
            let ticks = !state.due.isEmpty && !state.isTicking
            if ticks { state.isTicking = true }
            return (begun, ticks)
        }
        for id in begun { carryOut(id) }
        guard ticks else { return }
        queue.asyncAfter(deadline: .now() + 1) { [self] in
            state.withLock { $0.isTicking = false }
            look()
        }
    }

    private func carryOut(_ id: String) {
        let record: Record?
        do {
            record = try store.read { try RecordTable.shared($0).find(Self.kind, id) }
        } catch {
            // It is there, and cannot be read now.
            state.withLock { state in
                state.running.remove(id)
                if !state.isStopped { state.due[id] = time.now.milliseconds + 1000 }
            }
            return look()
        }
        guard let record, let invoker = invoker.withLock({ $0 }), let payload = record.body["Payload"]?.textIfAny.flatMap({ try? Base64.decode($0) })
        else {
            return done(id)
        }
        let event = Event(id: id, body: record.body)
        let invocation = FunctionInvocation(
            function: record.body["Function"]?.textIfAny ?? "",
            payload: payload,
            account: record.body["Account"]?.textIfAny ?? "",
            region: record.body["Region"]?.textIfAny ?? "",
            clientContext: record.body["ClientContext"]?.textIfAny
        )
        invoker(invocation) { [self] result in
            queue.async { [self] in finish(event, result) }
        }
    }

    private func finish(_ event: Event, _ result: Result<FunctionAnswer, ServiceError>) {
        // After a stop the event stays as it was written down: that its process was ended is not its failure.
        guard state.withLock({ $0.running.contains(event.id) }) else { return }
        let now = time.now.milliseconds
        switch result {
        case .success(let answer) where answer.functionError == nil: done(event.id)
        case .success:
            if event.attempts < Self.retries, now - event.queued < Self.maximumAge {
                again(event, at: now + Int64(event.attempts + 1) * 60_000, attempts: event.attempts + 1)
            } else {
                giveUp(event, "its function failed \(event.attempts + 1) times")
            }
        case .failure(let error) where error.status == 429 || error.status >= 500:
            if now - event.queued < Self.maximumAge {
                again(event, at: now + 1000, attempts: event.attempts)
            } else {
                giveUp(event, error.message ?? error.code)
            }
        case .failure(let error): giveUp(event, error.message ?? error.code)
        }
    }

    private func giveUp(_ event: Event, _ reason: String) {
        log.warning(
            "an asynchronous event was given up",
            metadata: ["function": "\(event.body["Function"]?.textIfAny ?? "")", "reason": "\(reason)"]
        )
        done(event.id)
    }

    private func again(_ event: Event, at due: Int64, attempts: Int) {
        var body = event.body
        body.set("Due", .integer(due))
        body.set("Attempts", .integer(Int64(attempts)))
        _ = try? store.write { try RecordTable.shared($0.database).put(Self.kind, event.id, body) }
        state.withLock { state in
            state.running.remove(event.id)
            if !state.isStopped { state.due[event.id] = due }
        }
        look()
    }

    private func done(_ id: String) {
        _ = try? store.write { try RecordTable.shared($0.database).remove(Self.kind, id) }
        _ = state.withLock { $0.running.remove(id) }
        look()
    }
}
