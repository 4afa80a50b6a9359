import SQLite
import Testing
import Wire

@testable import Emulator
@testable import KinesisEmulator
@testable import PersonalizeEmulator
@testable import ServiceKit

/// Registered consumers of streams, without what they read.
@Suite struct StreamConsumerTests {
    static let stream = "arn:aws:kinesis:us-east-1:000000000000:stream/s"

    private static func register(_ name: String, _ harness: KinesisHarness) throws -> Document {
        try harness.ask("RegisterStreamConsumer", #"{"StreamARN":"\#(stream)","ConsumerName":"\#(name)"}"#).required("Consumer")
    }

    private static func describe(_ arn: String, _ harness: KinesisHarness) throws -> String {
        try harness.ask("DescribeStreamConsumer", #"{"ConsumerARN":"\#(arn)"}"#).required("ConsumerDescription").required("ConsumerStatus").text
    }

    @Test func `a consumer is made and goes as the clock goes on`() throws {
        let harness = try KinesisHarness { $0.streamDelay = 10 }
        try harness.create()
        harness.time.advance(bySeconds: 10)
        let made = try Self.register("c", harness)
        let arn = made.required("ConsumerARN").text
        #expect(arn == "\(Self.stream)/consumer/c:\(harness.time.now.seconds)")
        #expect(made.required("ConsumerStatus").text == "CREATING")
        #expect(made.required("ConsumerCreationTimestamp").time.milliseconds % 1000 == 0)
        #expect(made["StreamARN"] == nil)
        harness.time.advance(bySeconds: 10)
        #expect(try Self.describe(arn, harness) == "ACTIVE")
        try harness.ask("DeregisterStreamConsumer", #"{"ConsumerARN":"\#(arn)"}"#)
        #expect(try Self.describe(arn, harness) == "DELETING")
        #expect(harness.refusal("RegisterStreamConsumer", #"{"StreamARN":"\#(Self.stream)","ConsumerName":"c"}"#)?.code == "ResourceInUseException")
        harness.time.advance(bySeconds: 10)
        let gone = harness.refusal("DescribeStreamConsumer", #"{"ConsumerARN":"\#(arn)"}"#)
        #expect(gone?.code == "ResourceNotFoundException")
        let birth = made.required("ConsumerCreationTimestamp").time.seconds
        #expect(gone?.message == "Consumer c with creation timestamp \(birth) under stream: s, account 000000000000 not found.")
        let byName = harness.refusal("DescribeStreamConsumer", #"{"StreamARN":"\#(Self.stream)","ConsumerName":"c"}"#)
        #expect(byName?.message == "Consumer c under stream: s, account 000000000000 not found.")
        #expect(try Self.register("c", harness).required("ConsumerARN").text != arn)
    }

    @Test func `an ARN is never used for a second consumer, even within one second`() throws {
        let harness = try KinesisHarness()
        try harness.create()
        let first = try Self.register("c", harness).required("ConsumerARN").text
        try harness.ask("DeregisterStreamConsumer", #"{"StreamARN":"\#(Self.stream)","ConsumerName":"c"}"#)
        let second = try Self.register("c", harness).required("ConsumerARN").text
        #expect(first != second)
        #expect(harness.refusal("DescribeStreamConsumer", #"{"ConsumerARN":"\#(first)"}"#)?.code == "ResourceNotFoundException")
        #expect(try Self.describe(second, harness) == "ACTIVE")
    }

    @Test func `only the named one is deregistered`() throws {
        let harness = try KinesisHarness()
        try harness.create()
        for name in ["b", "a", "c"] { _ = try Self.register(name, harness) }
        try harness.ask("DeregisterStreamConsumer", #"{"StreamARN":"\#(Self.stream)","ConsumerName":"b"}"#)
        let listed = try harness.ask("ListStreamConsumers", #"{"StreamARN":"\#(Self.stream)"}"#).required("Consumers").items
        #expect(listed.map { $0.required("ConsumerName").text } == ["a", "c"])
    }

    @Test func `a stream has at most twenty`() throws {
        let harness = try KinesisHarness()
        try harness.create()
        for number in 0..<20 { _ = try Self.register("c\(number)", harness) }
        #expect(harness.refusal("RegisterStreamConsumer", #"{"StreamARN":"\#(Self.stream)","ConsumerName":"x"}"#)?.code == "LimitExceededException")
        let twice = harness.refusal("RegisterStreamConsumer", #"{"StreamARN":"\#(Self.stream)","ConsumerName":"c7"}"#)
        #expect(twice?.code == "ResourceInUseException")
        #expect(twice?.message == "Consumer c7 under stream s already exists for account 000000000000.")
        let summary = try harness.ask("DescribeStreamSummary", #"{"StreamName":"s"}"#).required("StreamDescriptionSummary")
        #expect(summary.required("ConsumerCount").int == 20)
    }

    @Test func `an on-demand stream has fifty under the commitment`() throws {
        let harness = try KinesisHarness()
        try harness.ask("CreateStream", #"{"StreamName":"s","StreamModeDetails":{"StreamMode":"ON_DEMAND"}}"#)
        try harness.create("provisioned")
        func fill(_ name: String, from first: Int, to last: Int) -> String? {
            for number in first..<last {
                let body = #"{"StreamARN":"\#(Self.stream.dropLast())\#(name)","ConsumerName":"c\#(number)"}"#
                if let refusal = harness.refusal("RegisterStreamConsumer", body) { return "\(number): \(refusal.message ?? "")" }
            }
            return nil
        }
        #expect(fill("s", from: 0, to: 21) == "20: Stream s under account 000000000000 has reached its limit of 20 registered consumers.")
        try harness.ask("UpdateAccountSettings", #"{"MinimumThroughputBillingCommitment":{"Status":"ENABLED"}}"#)
        #expect(fill("s", from: 20, to: 51) == "50: Stream s under account 000000000000 has reached its limit of 50 registered consumers.")
        #expect(fill("provisioned", from: 0, to: 21)?.hasPrefix("20: ") == true)
    }

    @Test func `consumers are registered with streams that are there`() throws {
        let harness = try KinesisHarness { $0.streamDelay = 10 }
        try harness.create()
        let body = #"{"StreamARN":"\#(Self.stream)","ConsumerName":"c"}"#
        #expect(harness.refusal("RegisterStreamConsumer", body)?.code == "ResourceInUseException")
        #expect(
            harness.refusal("RegisterStreamConsumer", body)?.message
                == "Stream s under account 000000000000 not ACTIVE or UPDATING, instead in state CREATING"
        )
        harness.time.advance(bySeconds: 10)
        try harness.ask("IncreaseStreamRetentionPeriod", #"{"StreamName":"s","RetentionPeriodHours":48}"#)
        try harness.ask("RegisterStreamConsumer", body)
    }

    @Test func `a policy is put on what is active`() throws {
        let harness = try KinesisHarness { $0.streamDelay = 10 }
        func refusal(_ arn: String, _ action: String) -> String? {
            let statement = #"{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"kinesis:\#(action)\",\"Resource\":\"\#(arn)\"}"#
            let policy = #"{\"Version\":\"2012-10-17\",\"Statement\":\#(statement)}"#
            let error = harness.refusal("PutResourcePolicy", #"{"ResourceARN":"\#(arn)","Policy":"\#(policy)"}"#)
            return error.map { "\($0.code): \($0.message ?? "")" }
        }
        try harness.create()
        #expect(
            refusal(Self.stream, "PutRecord")
                == "ResourceInUseException: Stream s under account 000000000000 not ACTIVE, instead in state CREATING"
        )
        harness.time.advance(bySeconds: 10)
        #expect(refusal(Self.stream, "PutRecord") == nil)
        let made = try Self.register("c", harness)
        let (arn, birth) = (made.required("ConsumerARN").text, harness.time.now.seconds)
        #expect(
            refusal(arn, "SubscribeToShard")
                == """
                ResourceInUseException: Consumer c with creation timestamp \(birth) under stream s and account 000000000000 is not in ACTIVE status.
                """
        )
        harness.time.advance(bySeconds: 10)
        #expect(refusal(arn, "SubscribeToShard") == nil)
    }

    @Test func `five at most are in the making when limits are enforced`() throws {
        for isEnforced in [false, true] {
            let harness = try KinesisHarness {
                $0.streamDelay = 10
                $0.enforcesStreamLimits = isEnforced
            }
            try harness.create()
            harness.time.advance(bySeconds: 10)
            for number in 0..<5 { _ = try Self.register("c\(number)", harness) }
            let sixth = harness.refusal("RegisterStreamConsumer", #"{"StreamARN":"\#(Self.stream)","ConsumerName":"x"}"#)
            #expect(sixth?.code == (isEnforced ? "LimitExceededException" : nil))
        }
    }

    @Test func `pages go on where they ended, and tokens are for one stream and five minutes`() throws {
        let harness = try KinesisHarness()
        try harness.create()
        try harness.create("t")
        for name in ["a", "b", "c"] { _ = try Self.register(name, harness) }
        let first = try harness.ask("ListStreamConsumers", #"{"StreamARN":"\#(Self.stream)","MaxResults":2}"#)
        #expect(first.required("Consumers").items.count == 2)
        let token = first.required("NextToken").text
        let second = try harness.ask("ListStreamConsumers", #"{"StreamARN":"\#(Self.stream)","NextToken":"\#(token)"}"#)
        #expect(second.required("Consumers").items.map { $0.required("ConsumerName").text } == ["c"])
        #expect(second["NextToken"] == nil)
        let other = harness.refusal("ListStreamConsumers", #"{"StreamARN":"\#(Self.stream.dropLast())t","NextToken":"\#(token)"}"#)
        #expect(other?.code == "InvalidArgumentException")
        harness.time.advance(bySeconds: 301)
        let late = harness.refusal("ListStreamConsumers", #"{"StreamARN":"\#(Self.stream)","NextToken":"\#(token)"}"#)
        #expect(late?.code == "ExpiredNextTokenException")
    }

    @Test(arguments: [
        (#"{}"#, "InvalidArgumentException"), (#"{"ConsumerName":"c"}"#, "InvalidArgumentException"),
        (#"{"ConsumerARN":"\#(stream)/consumer/x:1"}"#, "ResourceNotFoundException"),
        (#"{"ConsumerARN":"\#(stream)/consumer/c:1"}"#, "ResourceNotFoundException"),
        (#"{"StreamARN":"\#(stream)","ConsumerName":"x"}"#, "ResourceNotFoundException"),
        (#"{"StreamARN":"\#(stream)x","ConsumerName":"c"}"#, "ResourceNotFoundException"),
        (#"{"ConsumerARN":"\#(stream)/consumer/c:1","ConsumerName":"d"}"#, "InvalidArgumentException"),
        (#"{"ConsumerARN":"\#(stream)/consumer/c:1","StreamARN":"\#(stream)x"}"#, "InvalidArgumentException"),
        (#"{"ConsumerARN":"arn:aws:kinesis:eu-west-1:000000000000:stream/s/consumer/c:1"}"#, "ResourceNotFoundException"),
    ])
    func `whoever does not name a consumer that is there is refused`(input: String, code: String) throws {
        let harness = try KinesisHarness()
        try harness.create()
        _ = try Self.register("c", harness)
        for operation in ["DescribeStreamConsumer", "DeregisterStreamConsumer"] {
            #expect(harness.refusal(operation, input)?.code == code, "\(operation) \(input)")
        }
    }

    @Test func `a stream with consumers is deleted only by force, and they go with it`() throws {
        let harness = try KinesisHarness()
        try harness.create()
        let arn = try Self.register("c", harness).required("ConsumerARN").text
        try harness.ask("TagResource", #"{"ResourceARN":"\#(arn)","Tags":{"a":"b"}}"#)
        let refusal = harness.refusal("DeleteStream", #"{"StreamName":"s"}"#)
        #expect(refusal?.code == "ResourceInUseException")
        #expect(
            refusal?.message
                == """
                DeleteStream can't delete 000000000000:s because there are consumers associated with this data stream. To delete s anyway, \
                set the EnforceConsumerDeletion parameter to true to force the deletion of all the consumers that are associated with it.
                """
        )
        try harness.ask("DeleteStream", #"{"StreamName":"s","EnforceConsumerDeletion":true}"#)
        try harness.create()
        #expect(try harness.ask("ListStreamConsumers", #"{"StreamARN":"\#(Self.stream)"}"#).required("Consumers").items.isEmpty)
        let left = try harness.store.read { try $0.fetchOne(Int.self, "SELECT COUNT(*) FROM tag") }
        #expect(left == 0)
    }

    @Test func `consumers have tags of their own`() throws {
        let harness = try KinesisHarness()
        try harness.create()
        try harness.ask("TagResource", #"{"ResourceARN":"\#(Self.stream)","Tags":{"of":"stream"}}"#)
        let input = #"{"StreamARN":"\#(Self.stream)","ConsumerName":"c","Tags":{"of":"consumer","x":"y"}}"#
        let arn = try harness.ask("RegisterStreamConsumer", input).required("Consumer").required("ConsumerARN").text
        func tags(_ arn: String) throws -> [String] {
            try harness.ask("ListTagsForResource", #"{"ResourceARN":"\#(arn)"}"#).required("Tags").items.map {
                "\($0.required("Key").text)=\($0.required("Value").text)"
            }
        }
        #expect(try tags(arn) == ["of=consumer", "x=y"])
        #expect(try tags(Self.stream) == ["of=stream"])
        try harness.ask("UntagResource", #"{"ResourceARN":"\#(arn)","TagKeys":["x"]}"#)
        #expect(try tags(arn) == ["of=consumer"])
        try harness.ask("DeregisterStreamConsumer", #"{"ConsumerARN":"\#(arn)"}"#)
        #expect(harness.refusal("ListTagsForResource", #"{"ResourceARN":"\#(arn)"}"#)?.code == "ResourceNotFoundException")
    }

    @Test func `consumers outlive a restart`() throws {
        try withDataDirectory { directory in
            let first = try KinesisHarness(directory: directory) { $0.streamDelay = 10 }
            try first.create()
            first.time.advance(bySeconds: 10)
            let arn = try Self.register("c", first).required("ConsumerARN").text
            first.close()
            first.time.advance(bySeconds: 10)
            let second = try KinesisHarness(directory: directory, time: first.time)
            #expect(try Self.describe(arn, second) == "ACTIVE")
            second.close()
        }
    }
}
