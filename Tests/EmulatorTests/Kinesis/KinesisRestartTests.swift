import Dispatch
import Streams
import Testing
import Wire

@testable import Emulator
@testable import KinesisEmulator
@testable import PersonalizeEmulator
@testable import ServiceKit

@Suite struct KinesisRestartTests {
    @Test func `streams, shards, records, tags and iterators are the same after a restart`() throws {
        try withDataDirectory { directory in
            let first = try KinesisHarness(directory: directory)
            try first.create(shards: 2)
            try first.ask("AddTagsToStream", #"{"StreamName":"s","Tags":{"a":"b"}}"#)
            try first.ask("StartStreamEncryption", #"{"StreamName":"s","EncryptionType":"KMS","KeyId":"alias/k"}"#)
            try first.ask("IncreaseStreamRetentionPeriod", #"{"StreamName":"s","RetentionPeriodHours":48}"#)
            try first.ask("SplitShard", #"{"StreamName":"s","ShardToSplit":"0","NewStartingHashKey":"10"}"#)
            first.time.advance(bySeconds: 2)
            let numbers = try (0..<5).map { try first.put("\($0)", key: "k") }
            let iterator = try first.iterator(shard: 1)
            let described = try first.ask("DescribeStream", #"{"StreamName":"s"}"#)
            let records = try first.ask("GetRecords", #"{"ShardIterator":"\#(iterator)"}"#)
            first.close()
            let second = try KinesisHarness(directory: directory, time: first.time)
            #expect(try second.ask("DescribeStream", #"{"StreamName":"s"}"#) == described)
            #expect(try second.ask("GetRecords", #"{"ShardIterator":"\#(iterator)"}"#).required("Records") == records.required("Records"))
            #expect(try second.ask("ListTagsForStream", #"{"StreamName":"s"}"#).required("Tags").items.count == 1)
            #expect(try second.put("next", key: "k") > numbers[4])
            second.close()
        }
    }

    @Test func `what was deleted stays deleted, and a stream of the same name begins empty`() throws {
        try withDataDirectory { directory in
            let first = try KinesisHarness(directory: directory)
            try first.create()
            try first.create("gone")
            try first.put("old")
            try first.ask("DeleteStream", #"{"StreamName":"s"}"#)
            try first.ask("DeleteStream", #"{"StreamName":"gone"}"#)
            try first.create()
            try first.put("new")
            first.close()
            let second = try KinesisHarness(directory: directory, time: first.time)
            #expect(try second.ask("ListStreams", "{}").required("StreamNames").items.map(\.text) == ["s"])
            #expect(try second.read(second.iterator()) == ["new"])
            second.close()
        }
    }

    @Test func `an iterator of a deleted stream reads a new one of its name from the beginning`() throws {
        let harness = try KinesisHarness()
        try harness.create()
        try harness.put("old")
        let latest = try harness.iterator("LATEST")
        try harness.ask("DeleteStream", #"{"StreamName":"s"}"#)
        #expect(
            harness.refusal("GetRecords", #"{"ShardIterator":"\#(latest)"}"#)?.message
                == "Shard shardId-000000000000 in stream s under account 000000000000 does not exist"
        )
        try harness.create()
        try harness.put("new")
        #expect(try harness.read(latest) == ["new"])
    }

    @Test func `a reset forgets every stream and the restart after it too`() throws {
        try withDataDirectory { directory in
            let first = try KinesisHarness(directory: directory)
            try first.create()
            try first.put("old")
            try first.service.reset()
            #expect(try first.ask("ListStreams", "{}").required("StreamNames").items.isEmpty)
            try first.create()
            first.close()
            let second = try KinesisHarness(directory: directory, time: first.time)
            #expect(try second.read(second.iterator()) == [])
            second.close()
        }
    }

    @Test func `expired records give back memory and disk, and their numbers are not used again`() throws {
        try withDataDirectory { directory in
            let first = try KinesisHarness(directory: directory, rollAt: 64 << 10)
            try first.create()
            let text = String(repeating: "x", count: 1000)
            var last = ""
            for _ in 0..<300 { last = try first.put(text) }
            let before = first.recordLog.segments
            #expect(before.count > 4)
            #expect(first.service.sweep(at: first.time.now).memory == 0)
            first.time.advance(bySeconds: 86_401)
            let freed = first.service.sweep(at: first.time.now)
            #expect(try first.read(first.iterator()) == [])
            #expect(freed.memory >= 300_000)
            #expect(freed.disk == before.dropLast().reduce(0) { $0 + $1.bytes })
            #expect(first.recordLog.segments.map(\.number) == [before.last?.number])
            first.close()
            let second = try KinesisHarness(directory: directory, time: first.time, rollAt: 64 << 10)
            let next = try second.put("y")
            let counters = try [last, next].map { try #require(SequenceNumber($0)).counter }
            #expect(counters[1] > counters[0])
            #expect(try second.read(second.iterator()) == ["y"])
            second.close()
        }
    }

    @Test func `a look for expired records comes with the traffic`() throws {
        let harness = try KinesisHarness()
        try harness.create()
        try harness.put("old")
        harness.time.advance(bySeconds: 86_401)
        try harness.put("new")
        harness.service.sweeper.sync {}
        #expect(harness.service.sweep(at: harness.time.now).memory == 0)
        #expect(try harness.read(harness.iterator()) == ["new"])
    }
}
