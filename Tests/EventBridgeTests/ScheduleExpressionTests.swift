import Testing

@testable import EventBridgeEmulator
@testable import Wire

@Suite struct ScheduleExpressionTests {
    private func moment(_ text: String) -> Int64 { ISO8601Text.timestamp(text)?.milliseconds ?? 0 }

    private func next(_ expression: String, _ from: String) -> String? {
        guard let schedule = ScheduleExpression(expression), let next = schedule.next(after: moment(from)) else { return nil }
        return String(ISO8601.milliseconds(Timestamp(milliseconds: next)).prefix(16))
    }

    // Monday, the 30th of November 2026.
    @Test(arguments: [
        ("rate(1 minute)", "2026-11-30T15:14"), ("rate(5 minutes)", "2026-11-30T15:18"), ("rate(1 hour)", "2026-11-30T16:13"),
        ("rate(7 days)", "2026-12-07T15:13"),
        ("cron(* * * * ? *)", "2026-11-30T15:14"), ("cron(0/15 * * * ? *)", "2026-11-30T15:15"), ("cron(13 15 * * ? *)", "2026-12-01T15:13"),
        ("cron(14 15 * * ? *)", "2026-11-30T15:14"), ("cron(0 10 * * ? *)", "2026-12-01T10:00"), ("cron(0 18 ? * MON-FRI *)", "2026-11-30T18:00"),
        ("cron(15 12 ? * 1 *)", "2026-12-06T12:15"), ("cron(0 8 1 * ? *)", "2026-12-01T08:00"), ("cron(0/5 8-17 ? * MON-FRI *)", "2026-11-30T15:15"),
        ("cron(0 9 ? * 2#1 *)", "2026-12-07T09:00"), ("cron(0 9 ? * THU#5 *)", "2026-12-31T09:00"), ("cron(0 9 ? * 6L *)", "2026-12-25T09:00"),
        ("cron(0 9 L * ? *)", "2026-12-31T09:00"), ("cron(0 9 L 2 ? *)", "2027-02-28T09:00"), ("cron(0 9 29 2 ? *)", "2028-02-29T09:00"),
        // The 1st of May 2027 is a Saturday, and the Friday before it is another month's; the last of January 2027 is a Sunday.
        ("cron(0 9 1W 5 ? *)", "2027-05-03T09:00"), ("cron(0 9 LW 1 ? 2027)", "2027-01-29T09:00"), ("cron(0 9 15W 8 ? *)", "2027-08-16T09:00"),
        ("cron(0 0 1 JAN,jul ? 2027-2030/2)", "2027-01-01T00:00"), ("cron(30 23 31 12 ? 2199)", "2199-12-31T23:30"),
        ("cron(0,30 15 ? * L *)", "2026-12-05T15:00"),
    ])
    func `the next moment is the one that the fields name`(expression: String, expected: String) {
        #expect(next(expression, "2026-11-30T15:13:20Z") == expected)
    }

    @Test func `a moment is not its own next one`() {
        #expect(next("cron(14 15 30 11 ? 2026)", "2026-11-30T15:13:59Z") == "2026-11-30T15:14")
        #expect(next("cron(14 15 30 11 ? 2026)", "2026-11-30T15:14:00Z") == nil)
        #expect(next("cron(0 0 30 2 ? *)", "2026-11-30T15:14:00Z") == nil)
        #expect(next("cron(0 0 1 1 ? *)", "1969-12-31T23:59:00Z") == "1970-01-01T00:00")
    }

    @Test(arguments: [
        "", "rate()", "rate(0 minutes)", "rate(1 minutes)", "rate(5 minute)", "rate(-1 minutes)", "rate(5 weeks)", "rate(1.5 hours)",
        "rate(999999999 days)",
        "rate(5 minutes", "cron(* * * * * *)", "cron(* * ? * ? *)", "cron(* * * * ?)", "cron(60 * * * ? *)", "cron(* 24 * * ? *)",
        "cron(* * 0 * ? *)",
        "cron(* * * 13 ? *)", "cron(* * ? * 8 *)", "cron(* * * * ? 1969)", "cron(5-1 * * * ? *)", "cron(*/0 * * * ? *)", "cron(* * 32W * ? *)",
        "cron(* * ? * 2#6 *)", "cron(a * * * ? *)", "cron(, * * * ? *)", "at(2026-11-30T00:00:00)", "every minute",
    ])
    func `what is no schedule is refused`(expression: String) {
        #expect(ScheduleExpression(expression) == nil)
    }

    @Test func `moments that have passed are made up for, the newest of them`() throws {
        let minute: Int64 = 60_000
        let rate = try #require(ScheduleExpression("rate(1 minute)"))
        let few = rate.passed(from: 0, to: 2 * minute + 1, limit: 60)
        #expect(few.moments == [0, minute, 2 * minute] && few.next == 3 * minute)
        let many = rate.passed(from: 0, to: 1_000_000 * minute, limit: 60)
        #expect(many.moments.count == 60 && many.moments.last == 1_000_000 * minute && many.next == 1_000_001 * minute)
        #expect(rate.passed(from: minute, to: 0, limit: 60).moments.isEmpty)
        let cron = try #require(ScheduleExpression("cron(0 * * * ? *)"))
        let year = cron.passed(from: 0, to: 365 * 86_400_000, limit: 60)
        #expect(year.moments.count == 60 && year.moments.last == 365 * 86_400_000)
        let monthly = try #require(ScheduleExpression("cron(0 0 1 * ? *)"))
        #expect(monthly.passed(from: 0, to: 365 * 86_400_000, limit: 60).moments.count == 13)
    }
}
