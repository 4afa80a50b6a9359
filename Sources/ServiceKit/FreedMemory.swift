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

    /// From here on, pieces of 4 MiB and more go back to the system as soon as they are freed. By itself glibc takes the size of such a piece, once
    /// it was freed, for the size up to which it keeps all; models and what they are learnt from then leave holes in what other data lie in.
    /// To be called before there are threads; elsewhere than with glibc this does nothing.
    package static func giveBackLargePiecesAtOnce() {
        #if canImport(Glibc)
            typealias SetOption = @convention(c) (_ option: Int32, _ value: Int32) -> Int32
            guard let symbol = dlsym(nil, "mallopt") else { return }
            _ = unsafeBitCast(symbol, to: SetOption.self)(mmapThreshold, 4 << 20)
        #endif
    }

    /// `M_MMAP_THRESHOLD` of glibc's malloc.h.
    private static let mmapThreshold: Int32 = -3
}
