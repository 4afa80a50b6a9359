import Testing

@testable import Wire

@Suite struct SignatureDateTests {
    @Test(arguments: [
        (0, "19700101T000000Z"), (1_440_938_160, "20150830T123600Z"), (951_782_399, "20000228T235959Z"), (951_782_400, "20000229T000000Z"),
        (4_107_542_399, "21000228T235959Z"), (4_107_542_400, "21000301T000000Z"), (-1, "19691231T235959Z"), (-62_135_596_800, "00010101T000000Z"),
    ]) func `an instant has one basic form, and it reads back`(_ seconds: Int64, _ text: String) {
        #expect(SigningDate.format(Timestamp(milliseconds: seconds * 1000)) == text)
        #expect(SigningDate(basic: text)?.timestamp.milliseconds == seconds * 1000)
    }

    @Test func `every day of eight centuries reads back`() {
        var previous: CivilDay?
        for days in -146_097...146_097 {
            let day = CivilDay(daysSinceEpoch: days)
            #expect(CivilDay(year: day.year, month: day.month, day: day.day) == day)
            if let previous { #expect((day.year, day.month, day.day) > (previous.year, previous.month, previous.day)) }
            previous = day
        }
        #expect(CivilDay(daysSinceEpoch: 0).weekday == 3)
    }

    @Test(arguments: ["20150230T000000Z", "20150830T240000Z", "20151301T000000Z", "20150830 123600Z", "2015083T1236000Z", "", "20150830T126000Z"])
    func `what is no date is no date`(_ text: String) {
        #expect(SigningDate(basic: text) == nil)
        #expect(SigningDate(header: text) == nil)
    }

    @Test func `a Date header may be HTTP's own form`() {
        #expect(SigningDate(header: "Fri, 24 May 2013 00:00:00 GMT")?.text == "20130524T000000Z")
        #expect(SigningDate(header: "Fri, 24 May 2013 00:00:00")?.text == nil)
    }

    @Test func `ISO 8601 has its long form`() {
        #expect(ISO8601.seconds(Timestamp(milliseconds: 1_440_938_160_999)) == "2015-08-30T12:36:00Z")
    }
}
