import Wire

/// When a rule is due: `rate(5 minutes)` from its creation on, or `cron(0 12 * * ? *)` by UTC
/// ("Creating a scheduled rule", EventBridge user guide, 2026).
enum ScheduleExpression: Sendable {
    /// Milliseconds.
    case rate(Int64)
    case cron(CronExpression)

    /// Nil for any other text.
    init?(_ text: String) {
        guard text.hasSuffix(")") else { return nil }
        if text.hasPrefix("rate(") {
            let parts = text.dropFirst("rate(".count).dropLast().split(separator: " ")
            guard parts.count == 2, parts[0].utf8.count <= 8, parts[0].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let count = Int64(parts[0]),
                count > 0
            else { return nil }
            let units: [String: Int64] = ["minute": 60_000, "hour": 3_600_000, "day": 86_400_000]
            // One of them has no plural, and all others have one.
            let name = count == 1 ? String(parts[1]) : parts[1].hasSuffix("s") ? String(parts[1].dropLast()) : ""
            guard let unit = units[name] else { return nil }
            self = .rate(count * unit)
        } else if text.hasPrefix("cron("), let cron = CronExpression(String(text.dropFirst("cron(".count).dropLast())) {
            self = .cron(cron)
        } else {
            return nil
        }
    }

    /// The next moment behind one, in milliseconds; nil when there is none any more.
    /// - Parameter previous: when it was due last, or was made.
    func next(after previous: Int64) -> Int64? {
        switch self {
        case .rate(let period): previous.addingReportingOverflow(period).overflow ? nil : previous + period
        case .cron(let cron): cron.next(after: Timestamp(milliseconds: previous))?.milliseconds
        }
    }

    /// The moments behind `due` up to `now`, `due` among them, the newest `limit` of them at most, and the first one behind `now`.
    func passed(from due: Int64, to now: Int64, limit: Int) -> (moments: [Int64], next: Int64?) {
        guard due <= now else { return ([], due) }
        if case .rate(let period) = self {
            // All but the newest are passed over at once.
            let skipped = max(0, (now - due) / period - Int64(limit) + 1)
            return follow(from: due + skipped * period, to: now, limit: limit)
        }
        // Looked for in longer and longer times before now, so that a schedule of every minute is not followed for years.
        for days in [1, 30, 365, 3650] as [Int64] {
            let begin = now - days * Self.day
            guard begin > due else { break }
            let found = follow(from: next(after: begin), to: now, limit: limit)
            if found.moments.count >= limit { return found }
        }
        return follow(from: due, to: now, limit: limit)
    }

    private func follow(from first: Int64?, to now: Int64, limit: Int) -> (moments: [Int64], next: Int64?) {
        var moments: [Int64] = []
        var next = first
        while let moment = next, moment <= now {
            moments.append(moment)
            // The oldest are nobody's, and there may be many.
            if moments.count > 2 * limit { moments.removeFirst(limit) }
            next = self.next(after: moment)
        }
        return (Array(moments.suffix(limit)), next)
    }

    /// In milliseconds.
    private static let day: Int64 = 86_400_000
}
