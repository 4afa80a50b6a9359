import Synchronization
package import Wire

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Where the time comes from. It is wall-clock time, because it is stored and printed.
package protocol TimeSource: Sendable {
    var now: Timestamp { get }
    /// Its seconds per second of the machine; 0 when it stands still until somebody moves it.
    var rate: Double { get }
}

/// The machine's clock.
package struct SystemTime: TimeSource {
    package init() {}

    package var rate: Double { 1 }

    package var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}

/// A clock that moves when a test says so.
package final class ManualTime: TimeSource {
    private let current: Mutex<Timestamp>
    private let pace = Mutex(1.0)

    package init(_ start: Timestamp = Timestamp(milliseconds: 1_700_000_000_000)) {
        current = Mutex(start)
    }

    /// What it says of its pace; the test moves it anyway.
    package var rate: Double {
        get { pace.withLock { $0 } }
        set { pace.withLock { $0 = newValue } }
    }

    package var now: Timestamp {
        current.withLock { $0 }
    }

    package func advance(bySeconds seconds: Double) {
        current.withLock { $0 = $0.advanced(bySeconds: seconds) }
    }
}
