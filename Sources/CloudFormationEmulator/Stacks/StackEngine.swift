import Dispatch
package import Logging
import SQLite
package import ServiceKit
import Synchronization
import Wire

/// Carries out what stacks are asked for, each on a thread of its own. What is quick is done before the request is answered; what takes longer, as
/// imports of data do, goes on behind it, and after a crash at the next start.
package final class StackEngine: Sendable {
    private struct State {
        var isStopping = false
        /// Who waits for a stack whose turn has come or will come.
        var inHand: [String: [DispatchSemaphore]] = [:]
        /// Stacks that got new work while their last was coming to its end.
        var again: Set<String> = []
        var working = 0
        var waiting: [(id: String, call: Call)] = []
    }

    let store: Store
    let caller: any ServiceCaller
    let custom: CustomResources
    let time: any TimeSource
    let log: Logger
    private let queue = DispatchQueue(label: "stacks", qos: .userInitiated, attributes: .concurrent)
    private let group = DispatchGroup()
    private let state = Mutex(State())

    /// How long a request waits for its stack, of the machine's time.
    private static let patience = DispatchTimeInterval.seconds(2)
    /// Of stacks that are worked on at once: each may wait long for an import, and threads are not without end.
    private static let mostAtOnce = 32

    package init(store: Store, caller: any ServiceCaller, custom: CustomResources, time: any TimeSource, log: Logger) {
        self.store = store
        self.caller = caller
        self.custom = custom
        self.time = time
        self.log = log
    }

    var mustEnd: Bool { state.withLock { $0.isStopping } }

    func read<Value>(_ call: Call, _ body: (StackTable) throws -> Value) throws(ServiceError) -> Value {
        try store.read { try body(StackTable(RecordTable($0, account: call.account, region: call.region))) }
    }

    /// - Parameter answered: the custom resource whose request is done with.
    func write<Value>(
        _ call: Call,
        answered: String? = nil,
        _ body: (StackTable) throws -> Value
    ) throws(ServiceError) -> Value {
        try store.write { transaction in
            if let answered { try CustomRequest.table(transaction).removeAll(CustomRequest.kind, parent: answered) }
            return try body(StackTable(RecordTable(transaction.database, account: call.account, region: call.region)))
        }
    }

    /// Does the work that a stack's record names. Returns when it is done, or has taken long enough to go on by itself.
    /// - Parameter isNested: that another stack's work waits for it.
    func start(_ id: String, _ call: Call, isNested: Bool = false) {
        let done = DispatchSemaphore(value: 0)
        take(id, call, done, isNested: isNested)
        _ = done.wait(timeout: .now() + Self.patience)
    }

    private func take(_ id: String, _ call: Call, _ done: DispatchSemaphore?, isNested: Bool) {
        let begins = state.withLock { state -> Bool in
            guard !state.isStopping else {
                done?.signal()
                return false
            }
            let isInHand = state.inHand[id] != nil
            state.inHand[id, default: []] += done.map { [$0] } ?? []
            if isInHand {
                state.again.insert(id)
                return false
            }
            guard isNested || state.working < Self.mostAtOnce else {
                state.waiting.append((id, call))
                return false
            }
            state.working += 1
            return true
        }
        if begins { queue.async(group: group) { [self] in work(id, call) } }
    }

    /// One stack after the other, while any waits.
    private func work(_ id: String, _ call: Call) {
        var next: (id: String, call: Call)? = (id, call)
        while let current = next {
            run(current.id, current.call)
            next = state.withLock { state in
                if state.again.remove(current.id) != nil, !state.isStopping { return current }
                for done in state.inHand.removeValue(forKey: current.id) ?? [] { done.signal() }
                // Nested stacks do not wait for their turn, so that there may be more at work than others may make them.
                if !state.isStopping, !state.waiting.isEmpty, state.working <= Self.mostAtOnce { return state.waiting.removeFirst() }
                state.working -= 1
                return nil
            }
        }
    }

    /// Work ends: what could not be written down, because the disk is full say, is tried again each second.
    private func run(_ id: String, _ call: Call) {
        let pause = DispatchSemaphore(value: 0)
        var isSaid = false
        while !mustEnd {
            do throws(ServiceError) {
                try StackRun(self, id, call)?.perform()
                return
            } catch {
                if error.isInterruption { return }
                let cause = error.cause.map { "\($0)" } ?? error.code
                if error.cause is UnreadableRow {
                    return log.error("the work of a stack cannot be read; it stays as it is", metadata: ["stack": "\(id)", "cause": "\(cause)"])
                }
                if !isSaid { log.error("a stack could not be worked on; it is tried again", metadata: ["stack": "\(id)", "cause": "\(cause)"]) }
                isSaid = true
                _ = pause.wait(timeout: .now() + .seconds(1))
            }
        }
    }

    /// Goes on with a stack whose work waited for something outside.
    func wake(_ id: String, _ call: Call) {
        queue.async(group: group) { [self] in
            let later = call.later(time.now)
            // When it cannot be read now, its work is tried again until it can.
            let stack = try? read(later) { try $0.stack(id: id) }
            take(id, later, nil, isNested: stack?.body["ParentId"] != nil)
        }
    }

    /// Goes on with what an earlier run, or `stop`, left.
    package func resume() {
        state.withLock { $0.isStopping = false }
        do throws(ServiceError) {
            let open = try store.read { database in
                let rows = try database.fetchAll("SELECT account, region, name FROM record WHERE kind = ?", [StackTable.workKind])
                return try rows.map { row -> (account: String, region: String, id: String) in
                    let row = StoredRow(row, of: "record", namedBy: 2)
                    return (account: try row.text(0), region: try row.text(1), id: try row.text(2))
                }
            }
            for work in open {
                let call = Call(account: work.account, region: work.region, now: time.now, requestID: RequestID.random())
                let stack = try read(call) { try $0.stack(id: work.id) }
                take(work.id, call, nil, isNested: stack?.body["ParentId"] != nil)
            }
        } catch {
            log.error("stacks of an earlier run could not be read", metadata: ["cause": "\(error.cause.map { "\($0)" } ?? error.code)"])
        }
    }

    /// Ends the work in hand at its next step; it goes on with `resume`, or at the next start.
    package func stop() {
        state.withLock { state in
            state.isStopping = true
            for (id, _) in state.waiting { for done in state.inHand.removeValue(forKey: id) ?? [] { done.signal() } }
            state.waiting = []
        }
        custom.forgetWaiting()
        group.wait()
        state.withLock { $0.again = [] }
    }
}
