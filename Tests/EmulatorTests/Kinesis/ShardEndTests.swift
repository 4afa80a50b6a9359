import Testing
import Wire

@testable import Emulator
@testable import KinesisEmulator
@testable import PersonalizeEmulator
@testable import ServiceKit

/// What consumers ask of each answer before they believe it, and how they find every record of a stream that is resharded under them.
@Suite struct ShardEndTests {
    private let harness: KinesisHarness
    private let consumer: String

    init() throws {
        harness = try KinesisHarness()
        try harness.create(shards: 2)
        let input = #"{"StreamARN":"\#(StreamConsumerTests.stream)","ConsumerName":"c"}"#
        consumer = try harness.ask("RegisterStreamConsumer", input).required("Consumer").required("ConsumerARN").text
    }

    /// Puts records and changes the shards, in all the ways there are, and one record more in every second.
    private func reshard() throws -> Set<String> {
        let changes = [
            ("SplitShard", #""ShardToSplit":"0","NewStartingHashKey":"10""#), ("MergeShards", #""ShardToMerge":"3","AdjacentShardToMerge":"1""#),
            ("UpdateShardCount", #""TargetShardCount":4,"ScalingType":"UNIFORM_SCALING""#),
            ("UpdateShardCount", #""TargetShardCount":3,"ScalingType":"UNIFORM_SCALING""#),
        ]
        var texts: Set<String> = []
        func put() throws {
            for key in 0..<8 {
                texts.insert("\(texts.count)")
                try harness.put("\(texts.count - 1)", key: "\(key)")
            }
        }
        for (operation, what) in changes {
            try put()
            try harness.ask(operation, #"{"StreamName":"s",\#(what)}"#)
            while try harness.status() != "ACTIVE" {
                try put()
                harness.time.advance(bySeconds: 0.5)
            }
        }
        try put()
        return texts
    }

    /// The rules of the Kinesis Client Library (`ShardConsumer`, `FanOutRecordsPublisher`, `PrefetchRecordsPublisher`): an answer says either where
    /// to go on or which children follow, and each child names its parents, this shard among them.
    private func check(_ answer: Document, next: String, of shard: String) -> [String] {
        let children = answer["ChildShards"]?.items
        #expect((answer[next] == nil) == (children != nil), "\(shard)")
        for child in children ?? [] { #expect(child.required("ParentShards").items.map(\.text).contains(shard), "\(shard)") }
        if let children { #expect(!children.isEmpty) }
        return children?.map { $0.required("ShardId").text } ?? []
    }

    /// Reads a shard to its end, or as far as it goes.
    private func poll(_ shard: String) throws -> (texts: [String], children: [String]) {
        var next: String? = try harness.ask(
            "GetShardIterator",
            #"{"StreamName":"s","ShardId":"\#(shard)","ShardIteratorType":"TRIM_HORIZON"}"#
        ).required("ShardIterator").text
        var texts: [String] = []
        while let iterator = next {
            let answer = try harness.ask("GetRecords", #"{"ShardIterator":"\#(iterator)","Limit":3}"#)
            let records = answer.required("Records").items
            texts += records.map { String(decoding: $0.required("Data").blob, as: UTF8.self) }
            let children = check(answer, next: "NextShardIterator", of: shard)
            next = answer["NextShardIterator"]?.text
            if next == nil { return (texts, children) }
            if records.isEmpty { break }
        }
        return (texts, [])
    }

    private func subscribe(_ shard: String) throws -> (texts: [String], children: [String]) {
        let call = harness.call()
        let input = #"{"ConsumerARN":"\#(consumer)","ShardId":"\#(shard)","StartingPosition":{"Type":"TRIM_HORIZON"}}"#
        try harness.ask("SubscribeToShard", input, call)
        let source = try #require(call.acknowledgement.events)
        defer { source.close() }
        var texts: [String] = []
        while case .event(_, let answer) = source.next(isEnding: false, {}) {
            texts += answer.required("Records").items.map { String(decoding: $0.required("Data").blob, as: UTF8.self) }
            let children = check(answer, next: "ContinuationSequenceNumber", of: shard)
            if !children.isEmpty {
                guard case .end = source.next(isEnding: false, {}) else {
                    Issue.record("the end of \(shard) is not the end of its subscription")
                    return (texts, children)
                }
                return (texts, children)
            }
        }
        return (texts, [])
    }

    private func followAll(_ read: (String) throws -> (texts: [String], children: [String])) throws -> (texts: [String], shards: Set<String>) {
        var waiting = ["shardId-000000000000", "shardId-000000000001"]
        var (texts, shards): ([String], Set<String>) = ([], [])
        while let shard = waiting.popLast() {
            // A child of two parents is named by both.
            guard shards.insert(shard).inserted else { continue }
            let found = try read(shard)
            texts += found.texts
            waiting += found.children
        }
        return (texts, shards)
    }

    @Test func `every answer meets the rules of consumers, who find every record once`() throws {
        let put = try reshard()
        let listed = try harness.ask("ListShards", #"{"StreamName":"s"}"#).required("Shards").items.map { $0.required("ShardId").text }
        for found in [try followAll(poll), try followAll(subscribe)] {
            #expect(found.texts.count == put.count)
            #expect(Set(found.texts) == put)
            #expect(found.shards == Set(listed))
        }
    }

    @Test func `once the stream is active its parents take nothing more`() throws {
        try harness.put("before", key: "p")
        try harness.ask("UpdateShardCount", #"{"StreamName":"s","TargetShardCount":3,"ScalingType":"UNIFORM_SCALING"}"#)
        // Splits and merges take a second each.
        var seconds = 0
        while try harness.status() == "UPDATING" {
            let split = #"{"StreamName":"s","ShardToSplit":"0","NewStartingHashKey":"9"}"#
            #expect(harness.refusal("SplitShard", split)?.code == "ResourceInUseException")
            harness.time.advance(bySeconds: 1)
            seconds += 1
        }
        #expect(seconds == 2)
        let open = try harness.ask("ListShards", #"{"StreamName":"s","ShardFilter":{"Type":"AT_LATEST"}}"#).required("Shards").items
        let ids = Set(open.map { $0.required("ShardId").text })
        for key in 0..<20 {
            let answer = try harness.ask("PutRecord", #"{"StreamName":"s","Data":"","PartitionKey":"\#(key)"}"#)
            #expect(ids.contains(answer.required("ShardId").text))
        }
        for shard in try harness.ask("ListShards", #"{"StreamName":"s"}"#).required("Shards").items.map({ $0.required("ShardId").text }) {
            #expect(try poll(shard).children.isEmpty == ids.contains(shard))
        }
    }

    @Test func `while the clock stands still a closed shard ends, and the stream is active`() throws {
        harness.time.rate = 0
        try harness.put("a", key: "p")
        try harness.ask("UpdateShardCount", #"{"StreamName":"s","TargetShardCount":4,"ScalingType":"UNIFORM_SCALING"}"#)
        #expect(try harness.status() == "ACTIVE")
        let number = try harness.put("b", key: "p")
        for read in [poll, subscribe] {
            let found = try followAll(read)
            #expect(found.texts.sorted() == ["a", "b"])
            #expect(found.shards.count == 6)
        }
        // Its number is of the second in which the child begins, which has not come.
        let body = #"{"StreamName":"s","Data":"","PartitionKey":"p","SequenceNumberForOrdering":"\#(number)"}"#
        #expect(harness.refusal("PutRecord", body) == nil)
    }

    @Test func `a clock that stops ends what waits for the second to pass`() throws {
        try harness.put("a", key: "p")
        try harness.ask("SplitShard", #"{"StreamName":"s","ShardToSplit":"0","NewStartingHashKey":"10"}"#)
        #expect(try harness.status() == "UPDATING")
        #expect(try poll("shardId-000000000000").children.isEmpty)
        harness.time.rate = 0
        harness.service.clockWasSet()
        #expect(try harness.status() == "ACTIVE")
        #expect(try poll("shardId-000000000000").children.count == 2)
    }

    @Test func `a delay that was asked for is the clock's to end, however it runs`() throws {
        let slow = try KinesisHarness { $0.streamDelay = 10 }
        try slow.create()
        slow.time.advance(bySeconds: 10)
        slow.time.rate = 0
        try slow.ask("SplitShard", #"{"StreamName":"s","ShardToSplit":"0","NewStartingHashKey":"10"}"#)
        slow.service.clockWasSet()
        #expect(try slow.status() == "UPDATING")
        slow.time.advance(bySeconds: 10)
        #expect(try slow.status() == "ACTIVE")
    }

    @Test func `a restart with a clock that stands still ends them too`() throws {
        try withDataDirectory { directory in
            let first = try KinesisHarness(directory: directory)
            try first.create()
            try first.put("a")
            try first.ask("SplitShard", #"{"StreamName":"s","ShardToSplit":"0","NewStartingHashKey":"10"}"#)
            first.close()
            first.time.rate = 0
            let second = try KinesisHarness(directory: directory, time: first.time)
            #expect(try second.status() == "ACTIVE")
            let answer = try second.ask("GetRecords", #"{"ShardIterator":"\#(try second.iterator())"}"#)
            #expect(answer.required("Records").items.count == 1)
            #expect(answer.required("ChildShards").items.count == 2)
            second.close()
        }
    }

    @Test func `nothing comes after the end of a closed shard`() throws {
        try harness.ask("SplitShard", #"{"StreamName":"s","ShardToSplit":"0","NewStartingHashKey":"10"}"#)
        let shard = try #require(try harness.ask("ListShards", #"{"StreamName":"s"}"#).required("Shards").items.first)
        let end = shard.required("SequenceNumberRange").required("EndingSequenceNumber").text
        let text = "Invalid SequenceNumber for ShardIteratorType AFTER_SEQUENCE_NUMBER, SequenceNumber has reached max possible value for the shard."
        let after = #""ShardIteratorType":"AFTER_SEQUENCE_NUMBER","StartingSequenceNumber":"\#(end)""#
        #expect(harness.refusal("GetShardIterator", #"{"StreamName":"s","ShardId":"0",\#(after)}"#)?.message == text)
        let position = #"{"Type":"AFTER_SEQUENCE_NUMBER","SequenceNumber":"\#(end)"}"#
        let input = #"{"ConsumerARN":"\#(consumer)","ShardId":"0","StartingPosition":\#(position)}"#
        #expect(harness.refusal("SubscribeToShard", input)?.message == text)
    }

    @Test func `numbers of the oldest form name a shard, and fail on their own`() {
        func refusal(_ shard: Int) -> ServiceError? {
            let start = #""ShardIteratorType":"AT_SEQUENCE_NUMBER","StartingSequenceNumber":"0""#
            return harness.refusal("GetShardIterator", #"{"StreamName":"s","ShardId":"\#(shard)",\#(start)}"#)
        }
        #expect(refusal(1)?.code == "InvalidArgumentException")
        #expect(
            refusal(1)?.message
                == "Invalid StartingSequenceNumber. It encodes shardId-000000000000, while it was used in a call to a shard with shardId-000000000001"
        )
        #expect(refusal(0)?.code == "InternalFailure")
        #expect(refusal(0)?.status == 500)
    }
}
