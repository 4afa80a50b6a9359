import ServiceKit
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

    @Test(arguments: ["!{timestamp}", "!{firehose:}", "!{x:y}", "!{timestamp:yyyy", "!{firehose:error-output-type}", "!{partitionKeyFromQuery:}"])
    func `other expressions are refused`(_ text: String) {
        #expect(throws: PrefixExpression.Fault.self) { try PrefixExpression.delivered(text) }
    }

    @Test(arguments: [
        "plain/", "é!{timestamp:yyyy/EEEE/MMMM}", "!{firehose:random-string}-!{timestamp:n SSSSSSSSS a kk}", "!{timestamp:'quoted'yyyyyyyyy}",
    ])
    func `no prefix comes to more bytes than it says`(_ text: String) throws {
        let expression = try PrefixExpression(text)
        // A Wednesday of September, an hour before midnight.
        let moments = [time, Timestamp(milliseconds: 1_537_397_999_999), Timestamp(milliseconds: 253_402_300_799_999)]
        for moment in moments {
            let evaluated = expression.evaluated(at: moment, errorType: PrefixExpression.processingFailed)
            #expect(evaluated.utf8.count <= expression.longest, "\(evaluated)")
        }
        #expect(try PrefixExpression("!{firehose:error-output-type}").longest == PrefixExpression.endpointFailed.utf8.count)
    }

    private func refusal(_ prefix: String?, _ errorPrefix: String? = nil, extension name: String? = nil) -> String? {
        let members: [(name: String, value: Document?)] = [
            ("BucketARN", .string("arn:aws:s3:::b")), ("RoleARN", .string("r")), ("Prefix", prefix.map { .string($0) }),
            ("ErrorOutputPrefix", errorPrefix.map { .string($0) }), ("FileExtension", name.map { .string($0) }),
        ]
        do {
            _ = try Destination.create(
                .members([("ExtendedS3DestinationConfiguration", .members(members))]),
                Destination.Abilities(hasFunctions: false, asksEndpoints: false)
            )
            return nil
        } catch {
            return error.message
        }
    }

    @Test func `prefixes whose keys could be longer than S3 takes are refused`() {
        #expect(refusal(String(repeating: "a", count: 700)) == nil)
        #expect(refusal(String(repeating: "é", count: 450))?.hasPrefix("Prefix can give object keys of ") == true)
        #expect(refusal(String(repeating: "!{timestamp:EEEE}", count: 110), "!{firehose:error-output-type}")?.hasPrefix("Prefix can give") == true)
        #expect(refusal("a", String(repeating: "b", count: 860))?.hasPrefix("ErrorOutputPrefix can give object keys of ") == true)
        #expect(refusal(String(repeating: "a", count: 760)) == nil)
        #expect(refusal(String(repeating: "a", count: 760), extension: "." + String(repeating: "x", count: 100)) != nil)
    }

    @Test(arguments: [
        ("NumberOfRetries", "3", true), ("NumberOfRetries", "1e2", false), ("NumberOfRetries", "3.0", false), ("NumberOfRetries", "+3", false),
        ("NumberOfRetries", "0x10", false), ("NumberOfRetries", "301", false), ("NumberOfRetries", "", false),
        ("BufferIntervalInSeconds", "1e2", false), ("BufferIntervalInSeconds", "60", true), ("BufferSizeInMBs", "0.5", true),
        ("BufferSizeInMBs", "1e0", false), ("BufferSizeInMBs", "1.", false), ("BufferSizeInMBs", "nan", false), ("BufferSizeInMBs", "0.1.2", false),
    ])
    func `numbers of a function are digits`(_ name: String, _ value: String, _ isTaken: Bool) {
        let parameters = [("LambdaArn", "f"), (name, value)].map { parameter in
            Document.members([("ParameterName", .string(parameter.0)), ("ParameterValue", .string(parameter.1))])
        }
        let processor = Document.members([("Type", .string("Lambda")), ("Parameters", .list(parameters))])
        let members: [(name: String, value: Document?)] = [
            ("BucketARN", .string("arn:aws:s3:::b")), ("RoleARN", .string("r")),
            ("ProcessingConfiguration", .members([("Enabled", .boolean(true)), ("Processors", .list([processor]))])),
        ]
        let input = Document.members([("ExtendedS3DestinationConfiguration", .members(members))])
        let made = try? Destination.create(input, Destination.Abilities(hasFunctions: true, asksEndpoints: false))
        #expect((made != nil) == isTaken)
    }

    @Test func `random strings differ`() throws {
        let expression = try PrefixExpression("!{firehose:random-string}")
        let drawn = (0..<20).map { _ in expression.evaluated(at: time, errorType: nil) }
        #expect(Set(drawn).count == 20)
        #expect(drawn.allSatisfy { $0.count == 11 })
    }
}
