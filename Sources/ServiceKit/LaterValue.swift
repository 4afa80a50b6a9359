import Dispatch
import Synchronization

/// A value that comes on another thread, for one thread that may wait for it.
package final class LaterValue<Value: Sendable>: Sendable {
    private let value = Mutex<Value?>(nil)
    private let signal = DispatchSemaphore(value: 0)

    package init() {}

    /// Said once.
    package func set(_ value: Value) {
        self.value.withLock { $0 = value }
        signal.signal()
    }

    /// Has who waits go on without it.
    package func wake() { signal.signal() }

    /// - Returns: nil when it has not come within that time, or who waits was woken.
    package func wait(milliseconds: Int) -> Value? {
        _ = signal.wait(timeout: .now() + .milliseconds(milliseconds))
        return value.withLock { $0 }
    }

    /// However long it takes; for what is never woken.
    package func wait() -> Value {
        while true {
            signal.wait()
            if let value = value.withLock({ $0 }) { return value }
        }
    }
}
