#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The few functions of the C library that the engine needs, so that no other file asks which C library there is.
enum Platform {
    static func log(_ x: Double) -> Double {
        #if canImport(Glibc)
            Glibc.log(x)
        #elseif canImport(Musl)
            Musl.log(x)
        #else
            Darwin.log(x)
        #endif
    }

    static func exp(_ x: Double) -> Double {
        #if canImport(Glibc)
            Glibc.exp(x)
        #elseif canImport(Musl)
            Musl.exp(x)
        #else
            Darwin.exp(x)
        #endif
    }

    static func pow(_ x: Double, _ y: Double) -> Double {
        #if canImport(Glibc)
            Glibc.pow(x, y)
        #elseif canImport(Musl)
            Musl.pow(x, y)
        #else
            Darwin.pow(x, y)
        #endif
    }

    /// Seconds of a clock that never goes back; only differences mean anything.
    static func seconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    /// Bytes of a large page of most processors.
    static let hugePage = 2 << 20

    /// Asks for large pages where the system has them; without them all is the same but for the time.
    static func adviseHugePages(_ start: UnsafeMutableRawPointer, byteCount: Int) {
        #if os(Linux)
            _ = madvise(start, byteCount, MADV_HUGEPAGE)
        #endif
    }

    /// What the last failed call of the C library says.
    static func lastError() -> String { String(cString: strerror(errno)) }
}
