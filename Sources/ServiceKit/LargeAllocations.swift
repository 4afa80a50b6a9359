#if canImport(Glibc)
    import Glibc
#endif
import Synchronization

/// Where glibc's allocator puts large pieces of memory.
///
/// It maps what is larger than a threshold by itself and gives it back once freed, but raises the threshold to the size of whatever was freed so.
/// That suits answers of some megabytes, which come again and again; a model's arrays that took the heap instead leave holes in it when they go,
/// and what a server holds after many trainings is then twice what it uses. Elsewhere than with glibc this does nothing.
package enum LargeAllocations {
    private static let depth = Mutex(0)
    private static let mappedBytes: CInt = 1 << 20
    /// The largest that glibc takes, and what it would raise the threshold to by itself.
    private static let ordinaryBytes: CInt = 32 << 20

    /// Runs work whose allocations of a mebibyte and more are mapped by themselves, on every thread meanwhile: training a model, loading one.
    package static func mapped<Result, Failure: Error>(_ work: () throws(Failure) -> Result) throws(Failure) -> Result {
        depth.withLock { depth in
            depth += 1
            if depth == 1 { setThreshold(mappedBytes) }
        }
        defer {
            depth.withLock { depth in
                depth -= 1
                if depth == 0 { setThreshold(ordinaryBytes) }
            }
        }
        return try work()
    }

    private static func setThreshold(_ bytes: CInt) {
        #if canImport(Glibc)
            typealias Option = @convention(c) (_ parameter: CInt, _ value: CInt) -> CInt
            // The C library has it, but Swift's module of it does not declare it, nor the numbers of its parameters.
            guard let symbol = dlsym(nil, "mallopt") else { return }
            let option = unsafeBitCast(symbol, to: Option.self)
            let (trimThreshold, mapThreshold): (CInt, CInt) = (-1, -3)
            _ = option(mapThreshold, bytes)
            // Setting one ends that glibc moves the other by itself; twice is its own rule.
            _ = option(trimThreshold, 2 * bytes)
        #endif
    }
}
