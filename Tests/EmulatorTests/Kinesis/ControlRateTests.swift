import Testing
import Wire

@testable import Emulator
@testable import KinesisEmulator
@testable import PersonalizeEmulator
@testable import ServiceKit

/// The rates of AWS's control plane, by a clock that stands still.
@Suite struct ControlRateTests {
    private func limited() throws -> KinesisHarness {
        try KinesisHarness { $0.enforcesStreamLimits = true }
    }

    @Test func `an account's rate is used up, and comes back`() throws {
        let harness = try limited()
        for _ in 0..<5 { try harness.ask("ListStreams", "{}") }
        let refusal = harness.refusal("ListStreams", "{}")
        #expect(refusal?.code == "LimitExceededException")
        #expect(refusal?.message == "Rate exceeded for account 000000000000.")
        // Others have rates of their own: operations, accounts and regions.
        try harness.ask("DescribeLimits", "{}")
        try harness.ask("ListStreams", "{}", harness.call(account: "111111111111"))
        try harness.ask("ListStreams", "{}", harness.call(region: "eu-west-1"))
        harness.time.advance(bySeconds: 0.2)
        try harness.ask("ListStreams", "{}")
        #expect(harness.refusal("ListStreams", "{}")?.code == "LimitExceededException")
        harness.time.advance(bySeconds: 60)
        for _ in 0..<5 { try harness.ask("ListStreams", "{}") }
        #expect(harness.refusal("ListStreams", "{}")?.code == "LimitExceededException")
    }

    @Test func `a shard gives five iterators a second`() throws {
        let harness = try limited()
        try harness.create(shards: 2)
        for _ in 0..<5 { _ = try harness.iterator() }
        let body = #"{"StreamName":"s","ShardId":"0","ShardIteratorType":"LATEST"}"#
        #expect(harness.refusal("GetShardIterator", body)?.code == "ProvisionedThroughputExceededException")
        #expect(
            harness.refusal("GetShardIterator", body)?.message
                == "Rate exceeded for shard shardId-000000000000 in stream s under account 000000000000."
        )
        _ = try harness.iterator(shard: 1)
        harness.time.advance(bySeconds: 1)
        _ = try harness.iterator()
    }

    @Test func `a stream's rate is its own`() throws {
        let harness = try limited()
        try harness.create("a")
        try harness.create("b")
        let arn = { (name: String) in #"{"StreamARN":"arn:aws:kinesis:us-east-1:000000000000:stream/\#(name)"}"# }
        for _ in 0..<5 { try harness.ask("ListStreamConsumers", arn("a")) }
        #expect(harness.refusal("ListStreamConsumers", arn("a"))?.message == "Rate exceeded for stream a under account 000000000000.")
        try harness.ask("ListStreamConsumers", arn("b"))
    }

    @Test func `an account's rate names the stream that was asked about`() throws {
        let harness = try limited()
        try harness.create("a")
        try harness.create("b")
        for _ in 0..<10 { try harness.ask("DescribeStream", #"{"StreamName":"a"}"#) }
        let refusal = harness.refusal("DescribeStream", #"{"StreamName":"b"}"#)
        #expect(refusal?.code == "LimitExceededException")
        #expect(refusal?.message == "Rate exceeded for stream b under account 000000000000.")
        #expect(refusal?.hint == "DescribeStream can be called 10 times a second, by an account in a region")
        for number in 0..<3 { try harness.create("c\(number)") }
        #expect(harness.refusal("CreateStream", #"{"StreamName":"d"}"#)?.message == "Rate exceeded for stream d under account 000000000000.")
    }

    @Test func `a shard is read five times a second`() throws {
        let harness = try limited()
        try harness.create()
        let iterator = try harness.iterator()
        for _ in 0..<5 { _ = try harness.read(iterator) }
        let refusal = harness.refusal("GetRecords", #"{"ShardIterator":"\#(iterator)"}"#)
        #expect(refusal?.code == "ProvisionedThroughputExceededException")
        #expect(refusal?.message == "Rate exceeded for Shard - 000000000000/s/shardId-000000000000")
        harness.time.advance(bySeconds: 1)
        _ = try harness.read(iterator)
    }

    @Test func `a call that is wrong in itself is refused for that first`() throws {
        let harness = try limited()
        for _ in 0..<9 { #expect(harness.refusal("ListStreams", #"{"Limit":0}"#)?.code == "ValidationException") }
        try harness.ask("ListStreams", "{}")
    }

    @Test func `without the option nothing is counted`() throws {
        let harness = try KinesisHarness()
        for _ in 0..<50 { try harness.ask("DescribeLimits", "{}") }
    }

    @Test func `records of a batch are unlucky one by one`() throws {
        let harness = try KinesisHarness { $0.streamErrorProbability = 0.5 }
        try harness.create()
        let records = (0..<100).map { #"{"Data":"\#(Base64.encode(Array("\($0)".utf8)))","PartitionKey":"\#($0)"}"# }.joined(separator: ",")
        let answer = try harness.ask("PutRecords", #"{"StreamName":"s","Records":[\#(records)]}"#)
        let failed = answer.required("FailedRecordCount").int
        let entries = answer.required("Records").items
        #expect((20...80).contains(failed))
        #expect(entries.count { $0["ErrorCode"]?.textIfAny == "ProvisionedThroughputExceededException" } == failed)
        let stored = entries.enumerated().filter { $0.element["SequenceNumber"] != nil }.map { "\($0.offset)" }
        #expect(try harness.read(harness.iterator()) == stored)
    }
}
