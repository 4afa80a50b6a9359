import Synchronization

/// What an answer has to wait for: writes that are under way to the disk.
///
/// An operation names them while it runs; the answer is sent once all are safe, and turned into a fault when one is not.
package final class Acknowledgement: Sendable {
    /// Calls back, from any thread, when a write is safe (nil) or has failed.
    package typealias Wait = @Sendable (_ done: @escaping @Sendable ((any Error)?) -> Void) -> Void

    private let waits = Mutex<[Wait]>([])

    package init() {}

    package func waits(for wait: @escaping Wait) {
        waits.withLock { $0.append(wait) }
    }

    /// Calls `body` once, with the first failure if there was one; at once when there is nothing to wait for.
    package func whenSafe(_ body: @escaping @Sendable ((any Error)?) -> Void) {
        guard let next = waits.withLock({ $0.popLast() }) else { return body(nil) }
        next { failure in
            if let failure { body(failure) } else { self.whenSafe(body) }
        }
    }
}
