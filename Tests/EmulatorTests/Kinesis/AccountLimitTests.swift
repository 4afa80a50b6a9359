import Testing
import Wire

@testable import Emulator
@testable import KinesisEmulator
@testable import PersonalizeEmulator
@testable import ServiceKit

/// What AWS allows an account and a day, by a clock that is moved by hand.
@Suite struct AccountLimitTests {
    private let onDemand = #""StreamModeDetails":{"StreamMode":"ON_DEMAND"}"#
    private let arn = #""StreamARN":"arn:aws:kinesis:us-east-1:000000000000:stream/"#

    /// A harness with limits, and a way to ask it that never meets the rates of a second.
    private func limited(_ isLimited: Bool = true) throws -> KinesisHarness {
        try KinesisHarness { $0.enforcesStreamLimits = isLimited }
    }

    private func refusal(_ harness: KinesisHarness, _ operation: String, _ body: String, region: String = "us-east-1") -> String? {
        harness.time.advance(bySeconds: 1)
        let error = harness.refusal(operation, body, harness.call(region: region))
        return error.map { "\($0.code): \($0.message ?? "")" }
    }

    @Test func `an account has fifty on-demand streams`() throws {
        let harness = try limited()
        for number in 0..<50 { #expect(refusal(harness, "CreateStream", #"{"StreamName":"s\#(number)",\#(onDemand)}"#) == nil) }
        let text = """
            LimitExceededException: This request would exceed the on-demand stream limit for the account 000000000000 in us-east-1. \
            Current on-demand stream count for the account: 50. Limit: 50.
            """
        #expect(refusal(harness, "CreateStream", #"{"StreamName":"more",\#(onDemand)}"#) == text)
        #expect(refusal(harness, "DescribeStreamSummary", #"{"StreamName":"more"}"#)?.hasPrefix("ResourceNotFoundException") == true)
        #expect(refusal(harness, "CreateStream", #"{"StreamName":"other","ShardCount":1}"#) == nil)
        #expect(refusal(harness, "UpdateStreamMode", #"{\#(arn)other",\#(onDemand)}"#) == text)
        #expect(refusal(harness, "CreateStream", #"{"StreamName":"more",\#(onDemand)}"#, region: "eu-west-1") == nil)
        #expect(refusal(harness, "DeleteStream", #"{"StreamName":"s7"}"#) == nil)
        #expect(refusal(harness, "UpdateStreamMode", #"{\#(arn)other",\#(onDemand)}"#) == nil)
        #expect(refusal(harness, "CreateStream", #"{"StreamName":"more",\#(onDemand)}"#) == text)
    }

    @Test func `an account has twenty thousand open shards`() throws {
        let harness = try limited()
        for name in ["a", "b"] { #expect(refusal(harness, "CreateStream", #"{"StreamName":"\#(name)","ShardCount":10000}"#) == nil) }
        let text = """
            LimitExceededException: This request would exceed the shard limit for the account 000000000000 in us-east-1. \
            Current shard count for the account: 20000. Limit: 20000. Number of additional shards that would have resulted from this request: 1. \
            Refer to the AWS Service Limits page (http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits and how \
            to request higher limits.
            """
        #expect(refusal(harness, "CreateStream", #"{"StreamName":"c","ShardCount":1}"#) == text)
        #expect(refusal(harness, "CreateStream", #"{"StreamName":"c","ShardCount":1}"#, region: "eu-west-1") == nil)
    }

    /// Makes `most` changes, is refused the next one, and a day after the first may make one more, but not two.
    private func check(
        _ operation: String,
        most: Int,
        _ harness: KinesisHarness,
        body: (Int) -> String
    ) throws {
        let text = "LimitExceededException: Rate exceeded for stream s under account 000000000000."
        for number in 0..<most {
            harness.time.advance(bySeconds: 60)
            #expect(refusal(harness, operation, body(number)) == nil)
        }
        #expect(refusal(harness, operation, body(most)) == text)
        harness.time.advance(bySeconds: 86_400 - Double(most) * 61 - 300)
        #expect(refusal(harness, operation, body(most)) == text)
        harness.time.advance(bySeconds: 361)
        #expect(refusal(harness, operation, body(most)) == nil)
    }

    @Test func `shards are counted anew ten times a day`() throws {
        let harness = try limited()
        try harness.create(shards: 2)
        let body = { (number: Int) in #"{"StreamName":"s","ScalingType":"UNIFORM_SCALING","TargetShardCount":\#(number % 2 == 0 ? 1 : 2)}"# }
        // What changes nothing, and what is refused for another reason, does not count.
        for _ in 0..<12 { #expect(refusal(harness, "UpdateShardCount", body(1)) == nil) }
        let wrong = body(0).replacing(":1}", with: ":9}")
        let text = """
            LimitExceededException: UpdateShardCount cannot scale up over double your current open shard count. \
            Current open shard count: 2 Target shard count: 9
            """
        for _ in 0..<12 { #expect(refusal(harness, "UpdateShardCount", wrong) == text) }
        try check("UpdateShardCount", most: 10, harness, body: body)
        // Another stream has a day of its own.
        try harness.create("t", shards: 2)
        #expect(refusal(harness, "UpdateShardCount", body(0).replacing(#""s""#, with: #""t""#)) == nil)
    }

    @Test func `the mode is switched twice a day`() throws {
        let harness = try limited()
        try harness.create()
        let body = { (number: Int) in #"{\#(arn)s","StreamModeDetails":{"StreamMode":"\#(number % 2 == 0 ? "ON_DEMAND" : "PROVISIONED")"}}"# }
        for _ in 0..<4 { #expect(refusal(harness, "UpdateStreamMode", body(1)) == nil) }
        try check("UpdateStreamMode", most: 2, harness, body: body)
    }

    @Test(arguments: [("StartStreamEncryption", "StopStreamEncryption"), ("StopStreamEncryption", "StartStreamEncryption")])
    func `encryption is turned on, and off, twenty-five times a day`(operation: String, opposite: String) throws {
        let harness = try limited()
        try harness.create()
        let body = #"{"StreamName":"s","EncryptionType":"KMS","KeyId":"alias/aws/kinesis"}"#
        for _ in 0..<25 { #expect(refusal(harness, operation, body) == nil) }
        let text = refusal(harness, operation, body)
        #expect(text == "LimitExceededException: Rate exceeded for stream s under account 000000000000.")
        #expect(harness.refusal(operation, body)?.hint == "\(operation) is possible 25 times within 24 hours")
        #expect(refusal(harness, opposite, body) == nil)
        harness.time.advance(bySeconds: 86_400)
        #expect(refusal(harness, operation, body) == nil)
    }

    @Test func `without the option none of this is counted`() throws {
        let harness = try limited(false)
        for number in 0..<51 { #expect(refusal(harness, "CreateStream", #"{"StreamName":"o\#(number)",\#(onDemand)}"#) == nil) }
        try harness.create("s", shards: 2)
        for number in 0..<11 {
            let body = #"{"StreamName":"s","ScalingType":"UNIFORM_SCALING","TargetShardCount":\#(number % 2 == 0 ? 1 : 2)}"#
            #expect(refusal(harness, "UpdateShardCount", body) == nil)
        }
        for mode in ["ON_DEMAND", "PROVISIONED", "ON_DEMAND", "PROVISIONED"] {
            #expect(refusal(harness, "UpdateStreamMode", #"{\#(arn)s","StreamModeDetails":{"StreamMode":"\#(mode)"}}"#) == nil)
        }
        let body = #"{"StreamName":"s","EncryptionType":"KMS","KeyId":"alias/aws/kinesis"}"#
        for _ in 0..<26 {
            #expect(refusal(harness, "StartStreamEncryption", body) == nil)
            #expect(refusal(harness, "StopStreamEncryption", body) == nil)
        }
    }
}
