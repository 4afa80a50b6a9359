import Synchronization

/// What an answer has to wait for, writes that are under way to the disk, and what follows it.
///
/// An operation names both while it runs; the answer is sent once all writes are safe, and turned into a fault when one is not.
package final class Acknowledgement: Sendable {
    /// Calls back, from any thread, when a write is safe (nil) or has failed.
    package typealias Wait = @Sendable (_ done: @escaping @Sendable ((any Error)?) -> Void) -> Void

    private struct State {
        var waits: [Wait] = []
        var events: (any EventSource)?
    }

    private let state = Mutex(State())

    package init() {}

    package func waits(for wait: @escaping Wait) {
        state.withLock { $0.waits.append(wait) }
    }

    /// The answer is the beginning of an event stream.
    package func isFollowed(by events: any EventSource) {
        state.withLock { $0.events = events }
    }

    /// Nil for an answer that ends with itself. Whoever takes it has to close it.
    package var events: (any EventSource)? {
        state.withLock { $0.events }
    }

    /// Calls `body` once, with the first failure if there was one; at once when there is nothing to wait for.
    package func whenSafe(_ body: @escaping @Sendable ((any Error)?) -> Void) {
        guard let next = state.withLock({ $0.waits.popLast() }) else { return body(nil) }
        next { failure in
            if let failure { body(failure) } else { self.whenSafe(body) }
        }
    }
}
