#if canImport(Glibc)
    import Glibc
#endif

/// Memory that the process has freed and its allocator still holds.
package enum FreedMemory {
    /// Gives it back to the system. glibc keeps what was freed for each thread that ever asked for some; after work that needed a lot for a
    /// moment that is most of what the process holds. Elsewhere this does nothing.
    package static func giveBack() {
        #if canImport(Glibc)
            typealias Trim = @convention(c) (_ keptBytes: Int) -> Int32
            // The C library has it, but Swift's module of it does not declare it.
            guard let symbol = dlsym(nil, "malloc_trim") else { return }
            _ = unsafeBitCast(symbol, to: Trim.self)(0)
        #endif
    }
}
