import Glibc

/// Times for people.
enum DateWords {
    /// `2026-01-31 12:00:00` of seconds since 1970.
    static func of(_ seconds: Double) -> String {
        // Years up to 9999 are what can be printed so.
        guard seconds.isFinite, (-62_135_596_800...253_402_300_799).contains(seconds) else { return "\(seconds)" }
        var time = time_t(seconds)
        var parts = tm()
        gmtime_r(&time, &parts)
        let numbers = [parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec]
            .map { ($0 < 10 ? "0" : "") + String($0) }
        return "\(numbers[0])-\(numbers[1])-\(numbers[2]) \(numbers[3]):\(numbers[4]):\(numbers[5])"
    }
}
