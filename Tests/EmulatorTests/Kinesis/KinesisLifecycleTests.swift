import Testing
import Wire

@testable import Emulator
@testable import KinesisEmulator
@testable import PersonalizeEmulator
@testable import ServiceKit

@Suite struct KinesisLifecycleTests {
    private func slow() throws -> KinesisHarness {
        try KinesisHarness { $0.streamDelay = 10 }
    }

    @Test func `without a delay every change is done when it is answered`() throws {
        let harness = try KinesisHarness()
        try harness.create()
        #expect(try harness.status() == "ACTIVE")
        try harness.ask("SplitShard", #"{"StreamName":"s","ShardToSplit":"0","NewStartingHashKey":"10"}"#)
        // But for the second in which a closed shard still takes records.
        #expect(try harness.status() == "UPDATING")
        harness.time.advance(bySeconds: 1)
        #expect(try harness.status() == "ACTIVE")
        try harness.ask("IncreaseStreamRetentionPeriod", #"{"StreamName":"s","RetentionPeriodHours":48}"#)
        #expect(try harness.status() == "ACTIVE")
        try harness.ask("DeleteStream", #"{"StreamName":"s"}"#)
        #expect(harness.refusal("DescribeStream", #"{"StreamName":"s"}"#)?.code == "ResourceNotFoundException")
    }

    @Test func `a stream is created, updated and deleted as the clock goes on`() throws {
        let harness = try slow()
        try harness.create()
        #expect(try harness.status() == "CREATING")
        #expect(try harness.ask("ListShards", #"{"StreamName":"s"}"#).required("Shards").items.isEmpty)
        #expect(
            harness.refusal("PutRecord", #"{"StreamName":"s","Data":"","PartitionKey":"p"}"#)?.message
                == "Stream s under account 000000000000 not found."
        )
        #expect(
            harness.refusal("SplitShard", #"{"StreamName":"s","ShardToSplit":"0","NewStartingHashKey":"10"}"#)?.message
                == "Stream s under account 000000000000 not ACTIVE, instead in state CREATING"
        )
        harness.time.advance(bySeconds: 9.9)
        #expect(try harness.status() == "CREATING")
        harness.time.advance(bySeconds: 0.1)
        #expect(try harness.status() == "ACTIVE")
        try harness.put("a")
        try harness.ask("SplitShard", #"{"StreamName":"s","ShardToSplit":"0","NewStartingHashKey":"10"}"#)
        #expect(try harness.status() == "UPDATING")
        try harness.put("b")
        harness.time.advance(bySeconds: 10)
        #expect(try harness.status() == "ACTIVE")
        try harness.ask("DeleteStream", #"{"StreamName":"s"}"#)
        #expect(try harness.status() == "DELETING")
        #expect(try harness.read(harness.iterator()) == ["a", "b"])
        #expect(harness.refusal("CreateStream", #"{"StreamName":"s"}"#)?.code == "ResourceInUseException")
        harness.time.advance(bySeconds: 10)
        #expect(harness.refusal("DescribeStream", #"{"StreamName":"s"}"#)?.code == "ResourceNotFoundException")
        try harness.create()
    }

    @Test func `a restart goes on with every status where it stood`() throws {
        try withDataDirectory { directory in
            let first = try KinesisHarness(directory: directory) { $0.streamDelay = 10 }
            try first.create("deleting")
            first.time.advance(bySeconds: 10)
            try first.ask("DeleteStream", #"{"StreamName":"deleting"}"#)
            try first.create("creating")
            first.close()
            let second = try KinesisHarness(directory: directory, time: first.time) { $0.streamDelay = 10 }
            #expect(try second.status(of: "deleting") == "DELETING")
            #expect(try second.status(of: "creating") == "CREATING")
            second.time.advance(bySeconds: 10)
            #expect(try second.status(of: "creating") == "ACTIVE")
            #expect(second.refusal("DescribeStream", #"{"StreamName":"deleting"}"#)?.code == "ResourceNotFoundException")
            second.close()
            let third = try KinesisHarness(directory: directory, time: first.time)
            #expect(try third.ask("ListStreams", "{}").required("StreamNames").items.map(\.text) == ["creating"])
            third.close()
        }
    }

    @Test func `five streams at most come and go at a time when limits are enforced`() throws {
        let harness = try KinesisHarness {
            $0.streamDelay = 10
            $0.enforcesStreamLimits = true
        }
        let text = """
            This request would have exceed the limit on the number of streams that can simultaneously be in CREATING or DELETING \
            for the account 000000000000. Limit: 5.
            """
        func refusal(_ operation: String, _ name: String) -> String? {
            harness.time.advance(bySeconds: 1)
            return harness.refusal(operation, #"{"StreamName":"\#(name)"}"#).map { "\($0.code): \($0.message ?? "")" }
        }
        for number in 0..<5 { try harness.create("s\(number)") }
        #expect(refusal("CreateStream", "s5") == "LimitExceededException: \(text)")
        harness.time.advance(bySeconds: 10)
        for number in 0..<3 { #expect(refusal("DeleteStream", "s\(number)") == nil) }
        try harness.create("s5")
        // One that is being made and is to go counts once.
        #expect(refusal("DeleteStream", "s5") == nil)
        #expect(refusal("DeleteStream", "s3") == nil)
        #expect(refusal("DeleteStream", "s4") == "LimitExceededException: \(text)")
        #expect(refusal("CreateStream", "s6") == "LimitExceededException: \(text)")
        harness.time.advance(bySeconds: 10)
        #expect(refusal("DeleteStream", "s4") == nil)
    }

    @Test func `streams of other accounts and regions are not there`() throws {
        let harness = try KinesisHarness()
        try harness.create()
        let arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s"
        for other in [harness.call(account: "111122223333"), harness.call(region: "eu-west-1")] {
            #expect(harness.refusal("DescribeStream", #"{"StreamName":"s"}"#, other)?.code == "ResourceNotFoundException")
            #expect(harness.refusal("DescribeStream", #"{"StreamARN":"\#(arn)"}"#, other)?.code == "ResourceNotFoundException")
            let iterator = try harness.iterator()
            #expect(harness.refusal("GetRecords", #"{"ShardIterator":"\#(iterator)"}"#, other)?.code == "ResourceNotFoundException")
            try harness.ask("CreateStream", #"{"StreamName":"s","ShardCount":3}"#, other)
        }
        #expect(try harness.ask("ListShards", #"{"StreamName":"s"}"#).required("Shards").items.count == 1)
        #expect(harness.refusal("DescribeStream", #"{"StreamName":"other","StreamARN":"\#(arn)"}"#)?.code == "InvalidArgumentException")
    }
}
