import Synchronization

/// Where the records of one put stand.
package struct Placement: Sendable {
    /// One per entry. `stored` means that the record has its position and its number; it counts only once `commit` says so.
    package let outcomes: [PutOutcome]
    /// What has to reach the disk first; nil when everything is committed.
    package let commit: PendingCommit?
}

/// The records of one put on their way to the disk, in all the shards that they went to.
package final class PendingCommit: Sendable {
    private struct State {
        /// Empty until all shards have taken their records.
        var outcomes: [PutOutcome] = []
        /// What failed before that.
        var failures: [(picks: [Int], error: LogError)] = []
        /// Shards whose fate is not known yet, and one more until all have taken their records.
        var left = 1
        var body: (@Sendable ([PutOutcome]) -> Void)?

        mutating func fail(_ picks: [Int], _ error: LogError) {
            for pick in picks { outcomes[pick] = .failed(error) }
        }
    }

    private let state = Mutex(State())

    init() {}

    /// One more shard has taken records.
    func expect() {
        state.withLock { $0.left += 1 }
    }

    /// All shards have taken their records, with these outcomes if all of them are committed.
    func begin(_ outcomes: [PutOutcome]) {
        state.withLock { state in
            state.outcomes = outcomes
            for failure in state.failures { state.fail(failure.picks, failure.error) }
            state.failures = []
            state.left -= 1
        }
    }

    /// Calls `body` once, with the final outcome of each entry: at once when it is known, else on the log's thread. To be called once.
    package func whenDecided(_ body: @escaping @Sendable ([PutOutcome]) -> Void) {
        let known = state.withLock { state -> [PutOutcome]? in
            if state.left == 0 { return state.outcomes }
            precondition(state.body == nil, "one caller waits for a commit")
            state.body = body
            return nil
        }
        if let known { body(known) }
    }

    func settle(_ picks: [Int], _ result: Result<Void, LogError>) {
        let decided = state.withLock { state -> (body: @Sendable ([PutOutcome]) -> Void, outcomes: [PutOutcome])? in
            if case .failure(let error) = result {
                if state.outcomes.isEmpty { state.failures.append((picks, error)) } else { state.fail(picks, error) }
            }
            state.left -= 1
            guard state.left == 0, let body = state.body else { return nil }
            state.body = nil
            return (body, state.outcomes)
        }
        if let decided { decided.body(decided.outcomes) }
    }
}
