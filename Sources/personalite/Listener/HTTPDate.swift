import Glibc
import Synchronization

/// The `date` header (RFC 9110 §5.6.7), rendered once a second for all connections.
final class HTTPDate: Sendable {
    private let rendered = Mutex<(second: Int, bytes: [UInt8])>((Int.min, []))

    /// The present second as `Sun, 06 Nov 1994 08:49:37 GMT`.
    func now() -> [UInt8] {
        var clock = timespec()
        clock_gettime(CLOCK_REALTIME_COARSE, &clock)
        let second = clock.tv_sec
        return rendered.withLock { rendered in
            if rendered.second != second { rendered = (second, Array(Self.text(second).utf8)) }
            return rendered.bytes
        }
    }

    /// `second` counts from 1970-01-01T00:00:00Z.
    static func text(_ second: Int) -> String {
        var second = second
        var parts = tm()
        gmtime_r(&second, &parts)
        let day = days[Int(parts.tm_wday)]
        let month = months[Int(parts.tm_mon)]
        let clock = [parts.tm_hour, parts.tm_min, parts.tm_sec].map(twoDigits).joined(separator: ":")
        return "\(day), \(twoDigits(parts.tm_mday)) \(month) \(Int(parts.tm_year) + 1900) \(clock) GMT"
    }

    private static func twoDigits(_ value: Int32) -> String {
        value < 10 ? "0\(value)" : "\(value)"
    }

    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
}
