import Synchronization

/// Whether a write is kept, for one who asks before that is known or after.
package final class WriteDecision: Sendable {
    private struct State {
        var isSet = false
        var failure: (any Error)?
        var body: (@Sendable ((any Error)?) -> Void)?
    }

    private let state = Mutex(State())

    package init() {}

    /// Called once, from any thread.
    package func set<Failure: Error>(_ result: Result<Void, Failure>) {
        var failure: (any Error)?
        if case .failure(let error) = result { failure = error }
        let body = state.withLock { [failure] state in
            (state.isSet, state.failure) = (true, failure)
            defer { state.body = nil }
            return state.body
        }
        body?(failure)
    }

    /// Calls `body` once, at once when it is known already. One asks.
    package func whenSet(_ body: @escaping @Sendable ((any Error)?) -> Void) {
        let known = state.withLock { state in
            if !state.isSet { state.body = body }
            return (isSet: state.isSet, failure: state.failure)
        }
        if known.isSet { body(known.failure) }
    }
}
