/// A day of the Gregorian calendar and its distance from 1970-01-01.
package struct CivilDay: Sendable, Hashable {
    package let year: Int
    /// 1…12.
    package let month: Int
    /// 1…31.
    package let day: Int
    package let daysSinceEpoch: Int

    private static let daysBeforeMonth = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365]

    /// Nil when there is no such day.
    package init?(year: Int, month: Int, day: Int) {
        guard (1...12).contains(month) else { return nil }
        let leapDay = month == 2 && Self.isLeap(year) ? 1 : 0
        let length = Self.daysBeforeMonth[month] - Self.daysBeforeMonth[month - 1] + leapDay
        guard (1...length).contains(day) else { return nil }
        self.year = year
        self.month = month
        self.day = day
        let passed = month > 2 && Self.isLeap(year) ? 1 : 0
        daysSinceEpoch = Self.days(beforeYear: year) + Self.daysBeforeMonth[month - 1] + passed + day - 1
    }

    package init(daysSinceEpoch days: Int) {
        // A year is never further off than this guess by more than one.
        var year = 1970 + Int((Double(days) / 365.2425).rounded(.down))
        while Self.days(beforeYear: year) > days { year -= 1 }
        while Self.days(beforeYear: year + 1) <= days { year += 1 }
        var rest = days - Self.days(beforeYear: year)
        var month = 1
        while month < 12 {
            let length = Self.daysBeforeMonth[month] - Self.daysBeforeMonth[month - 1] + (month == 2 && Self.isLeap(year) ? 1 : 0)
            guard rest >= length else { break }
            rest -= length
            month += 1
        }
        self.year = year
        self.month = month
        day = rest + 1
        daysSinceEpoch = days
    }

    /// 0 is Monday.
    package var weekday: Int { ((daysSinceEpoch + 3) % 7 + 7) % 7 }

    private static func isLeap(_ year: Int) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }

    /// From 1970-01-01 to the first of January of `year`.
    private static func days(beforeYear year: Int) -> Int {
        let past = year - 1
        return past * 365 + floorDivide(past, 4) - floorDivide(past, 100) + floorDivide(past, 400) - 719_162
    }

    private static func floorDivide(_ value: Int, _ by: Int) -> Int {
        value >= 0 ? value / by : (value - by + 1) / by
    }
}
