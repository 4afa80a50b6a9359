import Synchronization

/// Where the records of one put stand.
package struct Placement: Sendable {
    /// One per entry. `stored` means that the record has its place and its number; it counts only once `commit` says so.
    package let outcomes: [PutOutcome]
    /// What has to reach the disk first; nil when everything is committed.
    package let commit: PendingCommit?
}

/// The records of one put on their way to the disk, in all the shards that they went to.
package final class PendingCommit: Sendable {
    private struct State {
        var outcomes: [PutOutcome]
        /// Shards whose fate is not known yet.
        var left: Int
        var body: (@Sendable ([PutOutcome]) -> Void)?
    }

    private let state: Mutex<State>

    init(outcomes: [PutOutcome], left: Int) {
        state = Mutex(State(outcomes: outcomes, left: left))
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
                for pick in picks { state.outcomes[pick] = .failed(error) }
            }
            state.left -= 1
            guard state.left == 0, let body = state.body else { return nil }
            state.body = nil
            return (body, state.outcomes)
        }
        if let decided { decided.body(decided.outcomes) }
    }
}
