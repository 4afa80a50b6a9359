import Wire

/// The six fields of a schedule of EventBridge: minutes, hours, day of month, month, day of week, year.
struct CronExpression: Sendable {
    private enum Days: Sendable {
        /// Days of a month; the last one; the last one, or the one nearest to a day, of Monday to Friday.
        case ofMonth(Set<Int>, hasLast: Bool, hasLastWeekday: Bool, nearest: Int?)
        /// 1 is Sunday; the last such day of a month; the nth such day of a month.
        case ofWeek(Set<Int>, last: Int?, nth: (day: Int, count: Int)?)
    }

    private let minutes: [Int]
    private let hours: [Int]
    private let months: [Int]
    private let years: [Int]
    private let days: Days

    private static let monthNames = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
    private static let dayNames = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]

    /// Nil for what is none.
    init?(_ text: String) {
        let fields = text.split(separator: " ").map { $0.uppercased() }
        guard fields.count == 6, text.utf8.count <= 256 else { return nil }
        // Exactly one of the two days is left open.
        guard (fields[2] == "?") != (fields[4] == "?") else { return nil }
        guard let minutes = Self.values(fields[0], 0...59), let hours = Self.values(fields[1], 0...23),
            let months = Self.values(fields[3], 1...12, Self.monthNames), let years = Self.values(fields[5], 1970...2199),
            let days = fields[4] == "?" ? Self.daysOfMonth(fields[2]) : Self.daysOfWeek(fields[4])
        else { return nil }
        (self.minutes, self.hours, self.months, self.years) = (minutes.sorted(), hours.sorted(), months.sorted(), years.sorted())
        self.days = days
    }

    // MARK: Reading

    /// `*`, `5`, `1-5`, `1,7`, `*/10`, `5/10`, `1-30/2`.
    private static func values(_ text: String, _ range: ClosedRange<Int>, _ names: [String] = []) -> Set<Int>? {
        var values: Set<Int> = []
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            let parts = item.split(separator: "/", omittingEmptySubsequences: false)
            guard (1...2).contains(parts.count) else { return nil }
            var step = 1
            if parts.count == 2 {
                guard let read = number(parts[1]), read > 0 else { return nil }
                step = read
            }
            let span: ClosedRange<Int>
            if parts[0] == "*" {
                span = range
            } else {
                let ends = parts[0].split(separator: "-", omittingEmptySubsequences: false)
                guard (1...2).contains(ends.count), let low = value(ends[0], range, names) else { return nil }
                if ends.count == 2 {
                    guard let high = value(ends[1], range, names), low <= high else { return nil }
                    span = low...high
                } else {
                    span = low...(parts.count == 2 ? range.upperBound : low)
                }
            }
            values.formUnion(stride(from: span.lowerBound, through: span.upperBound, by: step))
        }
        return values
    }

    private static func number(_ text: Substring) -> Int? {
        guard (1...4).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(text)
    }

    private static func value(_ text: Substring, _ range: ClosedRange<Int>, _ names: [String]) -> Int? {
        let value = number(text) ?? names.firstIndex(of: String(text)).map { $0 + 1 }
        return value.flatMap { range.contains($0) ? $0 : nil }
    }

    private static func daysOfMonth(_ text: String) -> Days? {
        if text == "L" { return .ofMonth([], hasLast: true, hasLastWeekday: false, nearest: nil) }
        if text == "LW" { return .ofMonth([], hasLast: false, hasLastWeekday: true, nearest: nil) }
        if text.hasSuffix("W") {
            guard let day = value(text.dropLast(), 1...31, []) else { return nil }
            return .ofMonth([], hasLast: false, hasLastWeekday: false, nearest: day)
        }
        return values(text, 1...31).map { .ofMonth($0, hasLast: false, hasLastWeekday: false, nearest: nil) }
    }

    private static func daysOfWeek(_ text: String) -> Days? {
        if text == "L" { return .ofWeek([7], last: nil, nth: nil) }
        if text.hasSuffix("L") {
            guard let day = value(text.dropLast(), 1...7, dayNames) else { return nil }
            return .ofWeek([], last: day, nth: nil)
        }
        if text.contains("#") {
            let parts = text.split(separator: "#", omittingEmptySubsequences: false)
            guard parts.count == 2, let day = value(parts[0], 1...7, dayNames), let count = number(parts[1]), (1...5).contains(count) else {
                return nil
            }
            return .ofWeek([], last: nil, nth: (day, count))
        }
        return values(text, 1...7, dayNames).map { .ofWeek($0, last: nil, nth: nil) }
    }

    // MARK: The next moment

    /// The first whole minute behind a moment that the fields name; nil when there is none up to the year 2199.
    func next(after moment: Timestamp) -> Timestamp? {
        let seconds = moment.seconds
        let first = seconds - Self.remainder(seconds, 60) + 60
        let startDay = Int((first - Self.remainder(first, 86_400)) / 86_400)
        let start = CivilDay(daysSinceEpoch: startDay)
        let startMinute = Int(Self.remainder(first, 86_400) / 60)
        for year in years where year >= start.year {
            for month in months where year > start.year || month >= start.month {
                guard let begin = CivilDay(year: year, month: month, day: 1) else { continue }
                for day in daysOf(begin) where begin.daysSinceEpoch + day - 1 >= startDay {
                    let isFirst = begin.daysSinceEpoch + day - 1 == startDay
                    for hour in hours {
                        for minute in minutes where !isFirst || hour * 60 + minute >= startMinute {
                            let whole = Int64(begin.daysSinceEpoch + day - 1) * 86_400 + Int64(hour * 3600 + minute * 60)
                            return Timestamp(milliseconds: whole * 1000)
                        }
                    }
                }
            }
        }
        return nil
    }

    /// Never negative.
    private static func remainder(_ value: Int64, _ divisor: Int64) -> Int64 {
        let rest = value % divisor
        return rest < 0 ? rest + divisor : rest
    }

    /// 1 is Sunday.
    private static func weekday(_ day: CivilDay) -> Int { (day.weekday + 1) % 7 + 1 }

    /// The days of a month that are named, in order.
    private func daysOf(_ begin: CivilDay) -> [Int] {
        let length = (28...31).last { CivilDay(year: begin.year, month: begin.month, day: $0) != nil } ?? 28
        let first = Self.weekday(begin)
        func weekday(_ day: Int) -> Int { (first + day - 2) % 7 + 1 }
        func isWorkday(_ day: Int) -> Bool { (2...6).contains(weekday(day)) }
        switch days {
        case .ofMonth(let named, let hasLast, let hasLastWeekday, let nearest):
            var found = named.filter { $0 <= length }
            if hasLast { found.insert(length) }
            if hasLastWeekday, let day = (1...length).last(where: { isWorkday($0) }) { found.insert(day) }
            if let nearest, nearest <= length {
                // A Saturday gives way to the Friday before it and a Sunday to the Monday behind it, within the month.
                let steps = [0, -1, 1, -2, 2]
                if let step = steps.first(where: { (1...length).contains(nearest + $0) && isWorkday(nearest + $0) }) { found.insert(nearest + step) }
            }
            return found.sorted()
        case .ofWeek(let named, let last, let nth):
            var found = (1...length).filter { named.contains(weekday($0)) }
            if let last { found += (1...length).filter { weekday($0) == last }.suffix(1) }
            if let nth { found += (1...length).filter { weekday($0) == nth.day }.dropFirst(nth.count - 1).prefix(1) }
            return found.sorted()
        }
    }
}
