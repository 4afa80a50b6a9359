/// An instant of wall-clock time, in milliseconds since 1970-01-01T00:00:00Z.
package struct Timestamp: Sendable, Hashable, Comparable {
    package var milliseconds: Int64

    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// Seconds with a fraction; anything outside ±10^15 s or not finite is brought to the nearest end.
    package init(seconds: Double) {
        guard !seconds.isNaN else {
            milliseconds = 0
            return
        }
        let bounded = min(max(seconds, -1e15), 1e15)
        milliseconds = Int64((bounded * 1000).rounded())
    }

    /// Whole seconds, rounded towards the past.
    package var seconds: Int64 {
        milliseconds >= 0 ? milliseconds / 1000 : (milliseconds + 1) / 1000 - 1
    }

    /// The first whole second that is not before this instant.
    package var roundedUpToSeconds: Timestamp {
        let whole = seconds * 1000
        return whole == milliseconds ? self : Timestamp(milliseconds: whole + 1000)
    }

    package func advanced(bySeconds seconds: Double) -> Timestamp {
        Timestamp(milliseconds: milliseconds + Int64((seconds * 1000).rounded()))
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }
}
