import Dispatch
import ServiceKit
import Synchronization
import Wire

/// What is to be done at moments of the server's clock, by the names of its records: rules that are due, and deliveries that are tried again.
///
/// While there is something, it looks each second of the machine, for the clock may be set or run fast; while there is nothing, nothing runs.
final class DueItems: Sendable {
    /// Does what is due.
    /// - Returns: when it is due again, in milliseconds; nil when it is done with.
    typealias Work = @Sendable (String) -> Int64?

    private struct State {
        var due: [String: Int64] = [:]
        var isTicking = false
        var work: Work?
    }

    private let time: any TimeSource
    private let state = Mutex(State())
    private let queue: DispatchQueue

    init(time: any TimeSource, name: String) {
        self.time = time
        queue = DispatchQueue(label: name)
    }

    func start(_ items: [String: Int64], _ work: @escaping Work) {
        state.withLock { state in
            state.work = work
            state.due.merge(items) { known, _ in known }
        }
        look()
    }

    /// Returns when nothing is done any more. What was known is forgotten.
    func stop() {
        // A look that is planned comes all the same: whoever starts again plans no second one.
        state.withLock { $0 = State(isTicking: $0.isTicking) }
        queue.sync {}
    }

    /// - Parameter moment: nil for never.
    func set(_ item: String, at moment: Int64?) {
        state.withLock { $0.due[item] = moment }
        look()
    }

    var all: [String: Int64] { state.withLock { $0.due } }

    var count: Int { state.withLock { $0.due.count } }

    /// Looks now, and not only within a second.
    func look() {
        let begins = state.withLock { $0.work != nil && !$0.due.isEmpty }
        if begins { queue.async { [self] in lookNow() } }
    }

    /// The same, and returns when it has looked.
    func lookAndWait() {
        queue.sync {
            if state.withLock({ $0.work != nil }) { lookNow() }
        }
    }

    private func lookNow() {
        let now = time.now.milliseconds
        let (items, work) = state.withLock { state in
            let items = state.due.filter { $0.value <= now }.sorted { $0.value < $1.value }.map(\.key)
            for item in items { state.due[item] = nil }
            return (items, state.work)
        }
        for item in items {
            guard let work, state.withLock({ $0.work != nil }) else { break }
            guard let next = work(item) else { continue }
            // Somebody may have set it meanwhile.
            state.withLock { state in if state.work != nil, state.due[item] == nil { state.due[item] = next } }
        }
        let ticks = state.withLock { state in
            guard !state.due.isEmpty, state.work != nil, !state.isTicking else { return false }
            state.isTicking = true
            return true
        }
        guard ticks else { return }
        queue.asyncAfter(deadline: .now() + 1) { [self] in
            state.withLock { $0.isTicking = false }
            lookNow()
        }
    }
}
