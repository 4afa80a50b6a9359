import Synchronization

/// What an answer has to wait for, writes that are under way to the disk, and what follows it.
///
/// An operation names both while it runs; the answer is sent once all writes are safe, and turned into a fault when one is not.
package final class Acknowledgement: Sendable {
    private struct State {
        var writes: [PendingWrite] = []
        var events: (any EventSource)?
        var later: (any LaterAnswer)?
        var hint: String?
    }

    private let state = Mutex(State())

    package init() {}

    /// The answer waits for a write.
    package func waits(for write: PendingWrite) {
        state.withLock { $0.writes.append(write) }
    }

    /// The answer is the beginning of an event stream.
    package func isFollowed(by events: any EventSource) {
        state.withLock { $0.events = events }
    }

    /// The answer is not there yet; what the operation returns is what those get who do not wait.
    package func comesLater(_ later: any LaterAnswer) {
        state.withLock { $0.later = later }
    }

    /// Nil for an answer that is there. Whoever takes it has to close it.
    package var later: (any LaterAnswer)? {
        state.withLock { $0.later }
    }

    /// The answer has this sentence beside it, for people: visible ASCII, one line.
    package func hints(_ sentence: String) {
        state.withLock { $0.hint = sentence }
    }

    package var hint: String? {
        state.withLock { $0.hint }
    }

    /// Nil for an answer that ends with itself. Whoever takes it has to close it.
    package var events: (any EventSource)? {
        state.withLock { $0.events }
    }

    /// Calls `body` once, with the first failure if there was one; at once when there is nothing to wait for.
    package func whenSafe(_ body: @escaping @Sendable ((any Error)?) -> Void) {
        guard let next = state.withLock({ $0.writes.popLast() }) else { return body(nil) }
        next.whenSafe { failure in
            if let failure { body(failure) } else { self.whenSafe(body) }
        }
    }
}
