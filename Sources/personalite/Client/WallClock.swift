import Glibc

/// The machine's time.
enum WallClock {
    /// Seconds of the clock that never goes back.
    static var now: Double { seconds(CLOCK_MONOTONIC) }

    /// Seconds since 1970.
    static var wall: Double { seconds(CLOCK_REALTIME) }

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Waits a moment before something is looked at again.
    static func pause(milliseconds: UInt32 = 10) {
        usleep(milliseconds * 1000)
    }
}
