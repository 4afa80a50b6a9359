import ServiceKit
import Streams
import Synchronization
import Wire

extension PendingWrite {
    /// An entry of the record log.
    /// - Parameter first: hears whether the entry is kept before whoever waits does, and whether anybody waits or not.
    init(_ entry: consuming PendingEntry, first: @escaping @Sendable (Result<Void, LogError>) -> Void = { _ in }) {
        let decision = Decision()
        entry.whenDecided { result in
            first(result)
            decision.set(result)
        }
        self.init { done in decision.whenSet(done) }
    }
}

/// Whether an entry is kept, for one who asks before that is known or after.
private final class Decision: Sendable {
    private struct State {
        var result: Result<Void, LogError>?
        var body: (@Sendable ((any Error)?) -> Void)?
    }

    private let state = Mutex(State())

    func set(_ result: Result<Void, LogError>) {
        let body = state.withLock { state in
            state.result = result
            defer { state.body = nil }
            return state.body
        }
        body?(result.failure)
    }

    func whenSet(_ body: @escaping @Sendable ((any Error)?) -> Void) {
        let known = state.withLock { state in
            if state.result == nil { state.body = body }
            return state.result
        }
        if let known { body(known.failure) }
    }
}

extension Result where Success == Void, Failure == LogError {
    fileprivate var failure: (any Error)? {
        if case .failure(let error) = self { error } else { nil }
    }
}
