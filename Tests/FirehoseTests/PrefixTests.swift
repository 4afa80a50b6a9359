import Testing
import Wire

@testable import FirehoseEmulator

/// What objects are called.
@Suite struct PrefixTests {
    /// 2018-08-27T10:05:09.007Z.
    private let time = Timestamp(milliseconds: 1_535_364_309_007)

    private func prefix(_ text: String) throws -> String {
        try PrefixExpression.delivered(text).evaluated(at: time, errorType: nil)
    }

    private func failed(_ text: String?, _ prefix: String = "") throws -> String {
        try PrefixExpression.failed(text, prefix).evaluated(at: time, errorType: "processing-failed")
    }

    @Test func `a prefix without a timestamp has the hour behind it`() throws {
        #expect(try prefix("") == "2018/08/27/10/")
        #expect(try prefix("logs-") == "logs-2018/08/27/10/")
        #expect(try prefix("y=!{timestamp:yyyy}/") == "y=2018/")
        #expect(try failed(nil, "logs/") == "logs/processing-failed/2018/08/27/10/")
        #expect(try failed("bad/") == "bad/processing-failed/2018/08/27/10/")
        #expect(try failed("bad/!{firehose:error-output-type}/!{timestamp:dd}") == "bad/processing-failed/27")
    }

    @Test(arguments: [
        ("yyyy-MM-dd HH:mm:ss.SSS", "2018-08-27 10:05:09.007"), ("yy/M/d", "18/8/27"), ("EEEE', the 'd. MMMM", "Monday, the 27. August"),
        ("EEE MMM", "Mon Aug"), ("DDD", "239"), ("hh a", "10 AM"), ("kk:K", "10:10"), ("''", "'"), ("n", "7000000"),
    ])
    func `patterns are Java's`(_ pattern: String, _ expected: String) throws {
        #expect(try JavaDatePattern(pattern).text(time) == expected)
    }

    @Test func `midnight, noon and days before the epoch`() throws {
        let midnight = Timestamp(milliseconds: 1_535_328_000_000)
        #expect(try JavaDatePattern("H k K h a").text(midnight) == "0 24 0 12 AM")
        #expect(try JavaDatePattern("H k K h a").text(midnight.advanced(bySeconds: 43_200)) == "12 12 0 12 PM")
        #expect(try JavaDatePattern("yyyy-MM-dd HH:mm:ss").text(Timestamp(milliseconds: -1)) == "1969-12-31 23:59:59")
    }

    @Test(arguments: ["Q", "yyyyyyyyyy", "'open", "b", "[yy]", "ddd"])
    func `other patterns are refused`(_ pattern: String) {
        #expect(throws: JavaDatePattern.Fault.self) { try JavaDatePattern(pattern) }
    }

    @Test(arguments: ["!{timestamp}", "!{firehose:}", "!{x:y}", "!{timestamp:yyyy", "!{firehose:error-output-type}", "!{partitionKeyFromQuery:k}"])
    func `other expressions are refused`(_ text: String) {
        #expect(throws: PrefixExpression.Fault.self) { try PrefixExpression.delivered(text) }
    }

    @Test func `random strings differ`() throws {
        let expression = try PrefixExpression("!{firehose:random-string}")
        let drawn = (0..<20).map { _ in expression.evaluated(at: time, errorType: nil) }
        #expect(Set(drawn).count == 20)
        #expect(drawn.allSatisfy { $0.count == 11 })
    }
}
