import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Work cut into parts that do not touch each other, on as many threads as the machine has cores.
///
/// Whoever calls must see to it that the result of a part does not depend on which thread ran it or when; then any number of threads gives
/// the same bits.
package enum Threads {
    /// How many threads there are at most; tests and measurements may lower it.
    package static var count: Int {
        get { Int(limit.load(ordering: .relaxed)) }
        set { limit.store(max(1, newValue), ordering: .relaxed) }
    }

    private static let limit = Atomic<Int>(max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))))

    /// Calls `body` with 0, 1, … `parts - 1`, each once, and waits for all.
    static func forEach(_ parts: Int, _ body: @Sendable (Int) -> Void) {
        let threads = min(count, parts)
        if threads <= 1 {
            for part in 0..<parts { body(part) }
            return
        }
        withoutActuallyEscaping(body) { body in
            let next = Counter()
            run(threads) {
                while true {
                    let part = next.take()
                    if part >= parts { return }
                    body(part)
                }
            }
        }
    }

    /// The results of ranges of `0..<count`, in order.
    /// - Parameter shouldContinue: asked on the calling thread between groups of ranges, with the share done.
    /// - Returns: nil when `shouldContinue` said no.
    static func parallelMap<Result: Sendable>(
        _ count: Int,
        size: Int,
        shouldContinue: (Double) -> Bool = { _ in true },
        _ make: @Sendable (Range<Int>) -> Result
    ) -> [Result]? {
        let starts = Array(stride(from: 0, to: count, by: size))
        var results: [Result] = []
        results.reserveCapacity(starts.count)
        let group = 8
        for first in stride(from: 0, to: starts.count, by: group) {
            guard shouldContinue(Double(first) / Double(starts.count)) else { return nil }
            let parts = starts[first..<min(first + group, starts.count)]
            let made = Mutex([Result?](repeating: nil, count: parts.count))
            forEach(parts.count) { part in
                let start = parts[first + part]
                let result = make(start..<min(start + size, count))
                made.withLock { $0[part] = result }
            }
            results.append(contentsOf: made.withLock { $0.compactMap(\.self) })
        }
        return results
    }

    private final class Counter: Sendable {
        private let value = Atomic<Int>(0)
        func take() -> Int { value.wrappingAdd(1, ordering: .relaxed).oldValue }
    }

    private final class Work: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Runs `body` on the calling thread and on so many more that there are `threads`.
    private static func run(_ threads: Int, _ body: @escaping @Sendable () -> Void) {
        var started: [pthread_t] = []
        for _ in 1..<threads {
            #if canImport(Darwin)
                var thread: pthread_t?
            #else
                var thread = pthread_t()
            #endif
            let work = Unmanaged.passRetained(Work(body))
            #if canImport(Darwin)
                let failed = pthread_create(
                    &thread,
                    nil,
                    { argument in
                        Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body()
                        return nil
                    },
                    work.toOpaque()
                )
                guard failed == 0, let thread else {
                    work.release()
                    continue
                }
            #else
                let failed = pthread_create(
                    &thread,
                    nil,
                    { argument in
                        if let argument { Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body() }
                        return nil
                    },
                    work.toOpaque()
                )
                // Without a second thread the first does all the work.
                if failed != 0 {
                    work.release()
                    continue
                }
            #endif
            started.append(thread)
        }
        body()
        for thread in started { pthread_join(thread, nil) }
    }
}
