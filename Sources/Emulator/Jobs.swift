import Dispatch
import Synchronization

/// Real work on threads of its own: imports and training, one after the other, in the order they were asked for.
///
/// What is to be done is written in the resources themselves, so that work cut off by a crash is found and run again.
package final class Jobs: Sendable {
    private let queue = DispatchQueue(label: "jobs", qos: .utility)
    private let group = DispatchGroup()
    private let stopping = Mutex(false)

    package init() {}

    /// Whether the server is going down: long work looks at this between its steps and leaves its resource as it is.
    package var isStopping: Bool {
        stopping.withLock { $0 }
    }

    package func run(_ work: @escaping @Sendable () -> Void) {
        queue.async(group: group) { [self] in
            if !isStopping { work() }
        }
    }

    /// Waits until everything asked for so far is done.
    package func drain() {
        group.wait()
    }

    /// Ends the work in hand at its next step and starts no more.
    package func stop() {
        stopping.withLock { $0 = true }
        group.wait()
    }
}
