import Glibc
import Synchronization

/// Work on many items by several threads, whose results are taken one after the other in the order of the items.
struct OrderedWork<Value: Sendable>: Sendable {
    private struct State: Sendable {
        var next = 0
        var taken = 0
        var done: [Int: Value] = [:]
        var isAbandoned = false
    }

    /// Everything that the threads share.
    private final class Shared: Sendable {
        let state = Mutex(State())
        let hasResult = LogSignal()
        let hasCapacity: [LogSignal]

        init(threads: Int) {
            hasCapacity = (0..<threads).map { _ in LogSignal() }
        }
    }

    /// As many as there are processors, up to four.
    static var threads: Int { max(1, min(4, sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

    /// - Parameters:
    ///   - count: `work` is called with 0 up to, not including, it.
    ///   - work: called on any thread, for several items at once.
    ///   - take: called on this thread, in order. When it throws, no further work is begun, and the rest is not taken.
    static func run<Failure: Error>(
        _ count: Int,
        threads: Int = threads,
        _ work: @escaping @Sendable (Int) -> Value,
        _ take: (Value) throws(Failure) -> Void
    ) throws(Failure) {
        let shared = Shared(threads: min(threads, count))
        // Results wait for those before them; not so many that they fill memory.
        let ahead = 2 * shared.hasCapacity.count
        let workers = shared.hasCapacity.compactMap { hasCapacity in
            LogThread {
                while let index = begin(shared, count: count, ahead: ahead, hasCapacity) {
                    let value = work(index)
                    shared.state.withLock { $0.done[index] = value }
                    shared.hasResult.raise()
                }
            }
        }
        defer {
            shared.state.withLock { $0.isAbandoned = true }
            for signal in shared.hasCapacity { signal.raise() }
            for worker in workers { worker.join() }
        }
        for index in 0..<count {
            // Without a thread to be had, the work is done here.
            if workers.isEmpty {
                try take(work(index))
                continue
            }
            var value: Value?
            while value == nil {
                value = shared.state.withLock { $0.done.removeValue(forKey: index) }
                if value == nil { shared.hasResult.wait() }
            }
            shared.state.withLock { $0.taken = index + 1 }
            for signal in shared.hasCapacity { signal.raise() }
            if let value { try take(value) }
        }
    }

    /// The next item to work on, once there is room for its result; nil when there is none left.
    private static func begin(_ shared: Shared, count: Int, ahead: Int, _ hasCapacity: LogSignal) -> Int? {
        while true {
            let next = shared.state.withLock { state -> Int?? in
                guard state.next < count, !state.isAbandoned else { return .some(nil) }
                guard state.next < state.taken + ahead else { return nil }
                defer { state.next += 1 }
                return .some(state.next)
            }
            if let next { return next }
            hasCapacity.wait()
        }
    }
}
