import Synchronization
import Testing
import Wire

@testable import Emulator
@testable import KinesisEmulator
@testable import PersonalizeEmulator
@testable import ServiceKit
@testable import Streams

/// Channels with a clock that stands still and buckets in memory.
@Suite struct ChannelTests {
    /// Buckets that are there, and what was put into them by key.
    private final class Buckets: BucketSink {
        let there = Mutex<Set<String>>(["out", "bad"])
        let objects = Mutex<[String: [UInt8]]>([:])
        let puts = Mutex(0)

        func hasBucket(_ bucket: String, _ call: Call) -> Bool { there.withLock { $0.contains(bucket) } }

        func put(bucket: String, key: String, _ bytes: [UInt8], _ call: Call) throws(ServiceError) {
            guard hasBucket(bucket, call) else { throw ServiceError("NoSuchBucket", nil, status: 404) }
            puts.withLock { $0 += 1 }
            objects.withLock { $0["\(bucket):\(key)"] = bytes }
        }

        /// The texts of a bucket's objects in the order of their keys.
        func texts(_ bucket: String = "out") -> [String] {
            objects.withLock { $0 }.filter { $0.key.hasPrefix(bucket + ":") }.sorted { $0.key < $1.key }.map {
                String(decoding: $0.value, as: UTF8.self)
            }
        }

        var keys: [String] { objects.withLock { $0.keys.sorted() } }
    }

    private static let stream = Queues.stream
    private let buckets = Buckets()
    private let harness: KinesisHarness

    init() throws { harness = try Self.make(buckets) }

    private static func make(
        _ buckets: Buckets,
        directory: String? = nil,
        time: ManualTime = ManualTime(),
        delay: Double = 0,
        isNew: Bool = true
    ) throws -> KinesisHarness {
        let harness = try KinesisHarness(directory: directory, time: time, machine: ManualTime(), buckets: buckets) { $0.streamDelay = delay }
        // Looks are the tests'.
        harness.service.channels.withLock { ($0.isStopped, $0.isTicking) = (false, true) }
        guard isNew else { return harness }
        try harness.create()
        time.advance(bySeconds: delay)
        try harness.ask("UpdateStreamMode", #"{"StreamARN":"\#(stream)","StreamModeDetails":{"StreamMode":"ON_DEMAND"}}"#)
        time.advance(bySeconds: delay)
        return harness
    }

    private static func input(_ name: String = "c", format: String = "BYTE_ARRAY", storage: String = "", more: String = "") -> String {
        """
        {"ChannelName":"\(name)","ServiceExecutionRoleARN":"arn:aws:iam::000000000000:role/r",
        "StreamConfigurationList":[{"StreamARN":"\(stream)","RecordConfiguration":{"RecordFormatType":"\(format)"}}],
        "S3DestinationConfiguration":{"StorageConfiguration":{"BucketARN":"arn:aws:s3:::out","ExpectedBucketOwner":"000000000000",
        "CompressionType":"NONE"\(storage)}\(more)}}
        """
    }

    @discardableResult
    private func create(_ input: String = input()) throws -> String {
        try harness.ask("CreateChannel", input).required("ChannelDescription").required("ChannelARN").text
    }

    private func describe(_ arn: String) throws -> Document {
        try harness.ask("DescribeChannel", #"{"ChannelARN":"\#(arn)"}"#).required("ChannelDescription")
    }

    private func deliver(after seconds: Double = 300) {
        harness.time.advance(bySeconds: seconds)
        harness.service.deliverChannels()
    }

    @Test func `what comes after the creation is delivered once its freshness asks for it, and once only`() throws {
        try harness.put("old")
        try create()
        for text in ["a", "b"] { try harness.put(text) }
        deliver(after: 299)
        #expect(buckets.texts() == [])
        deliver(after: 1)
        #expect(buckets.texts() == ["ab"])
        try harness.put("c")
        deliver()
        deliver()
        #expect(buckets.texts() == ["ab", "c"] && buckets.puts.withLock { $0 } == 2)
        let key = try #require(buckets.keys.first)
        #expect(key.hasPrefix("out:c/2023/11/14/22/c-shardId-000000000000-4"), "\(key)")
    }

    @Test func `records are lines of JSON or of text, and those that are none are dead letters`() throws {
        let dead = #","DeadLetterQueueS3Configuration":{"BucketARN":"arn:aws:s3:::bad","ExpectedBucketOwner":"000000000000"}"#
        try create(Self.input("j", format: "JSON", more: dead))
        try create(Self.input("t", format: "STRING"))
        for text in ["{\"a\":\n1}", "no json", "[\"b\\n\"]"] { try harness.put(text) }
        _ = try harness.ask("PutRecord", #"{"StreamName":"s","Data":"/w==","PartitionKey":"p"}"#)
        deliver()
        #expect(buckets.texts().first == "{\"a\": 1}\n[\"b\\n\"]\n")
        #expect(buckets.texts().dropFirst().filter { !$0.contains("errorCode") } == ["{\"a\":\n1}\nno json\n[\"b\\n\"]\n"])
        let letters = try buckets.texts("bad").flatMap { $0.split(separator: "\n") }.map { try JSON.parse(Array($0.utf8)) }
        #expect(letters.map { $0["rawData"]?.textIfAny } == [Base64.encode(Array("no json".utf8)), "/w=="])
        #expect(letters.allSatisfy { $0["errorCode"]?.textIfAny == "InvalidJSON" && $0["partitionKey"]?.textIfAny == "p" })
        // The default is the bucket of what is delivered.
        #expect(buckets.keys.contains { $0.hasPrefix("out:t/errors/2023/") && $0.hasSuffix(".json") })
        #expect(buckets.keys.contains { $0.hasSuffix(".txt") })
    }

    @Test func `objects are compressed, and named by the template`() throws {
        let template = #","OutputKeyTemplate":"x/!{stream:name}/!{shard:id}/!{timestamp:yyyy-MM-dd}/!{channel:name}="#
        try create(Self.input("g", storage: template + #"","CompressionType":"GZIP""#).replacing(#""CompressionType":"NONE","#, with: ""))
        try harness.put("aaaa")
        deliver()
        let key = try #require(buckets.keys.first)
        #expect(key.hasPrefix("out:x/s/shardId-000000000000/2023-11-14/g=g-shardId-000000000000-") && key.hasSuffix(".gz"), "\(key)")
        #expect(buckets.objects.withLock { $0[key] }.flatMap { Gzip.expand($0, limit: 100) } == Array("aaaa".utf8))
    }

    @Test func `what Zstandard compresses has its magic number and is smaller`() throws {
        try #require(Zstandard.isThere)
        let made = try #require(Zstandard.compress([UInt8](repeating: 7, count: 100_000)))
        #expect(made.prefix(4) == [0x28, 0xb5, 0x2f, 0xfd] && made.count < 1000)
        #expect(Zstandard.compress([])?.isEmpty == false)
    }

    @Test func `a bucket that is gone is waited for`() throws {
        try create()
        try harness.put("a")
        buckets.there.withLock { $0 = [] }
        deliver()
        harness.service.deliverChannels()
        #expect(buckets.puts.withLock { $0 } == 0)
        buckets.there.withLock { $0 = ["out"] }
        for channel in harness.service.channels.withLock({ Array($0.channels.values) }) { channel.retryAtOnce() }
        harness.service.deliverChannels()
        #expect(buckets.texts() == ["a"])
    }

    @Test func `a full page is not waited for`() throws {
        try create()
        let data = Base64.encode([UInt8](repeating: 65, count: 1_000_000))
        for _ in 0..<7 { try harness.ask("PutRecord", #"{"StreamName":"s","Data":"\#(data)","PartitionKey":"p"}"#) }
        deliver(after: 0)
        #expect(buckets.texts().map(\.utf8.count) == [7_000_000])
    }

    @Test func `shards are delivered apart, children too, and what is closed at once`() throws {
        try create()
        let engine = try #require(harness.service.registry.withLock { $0.byKey.values.first }).engine
        try harness.put("a")
        try engine.split(0, at: HashRange.even(2)[1].start, now: harness.time.now.milliseconds)
        deliver(after: 1)
        #expect(buckets.texts() == ["a"])
        try harness.put("b")
        try harness.ask("PutRecord", #"{"StreamName":"s","Data":"Yw==","PartitionKey":"p","ExplicitHashKey":"0"}"#)
        try harness.ask("PutRecord", #"{"StreamName":"s","Data":"ZA==","PartitionKey":"p","ExplicitHashKey":"\#(UInt128.max)"}"#)
        deliver()
        #expect(buckets.texts().joined().sorted() == ["a", "b", "c", "d"])
        deliver()
        #expect(buckets.texts().count == 3)
    }

    @Test func `a restart goes on where the delivery stood, and one that was cut off makes the same object`() throws {
        try withDataDirectory { directory in
            let time = ManualTime()
            let first = try Self.make(buckets, directory: directory, time: time)
            _ = try first.ask("CreateChannel", Self.input())
            for text in ["a", "b"] { try first.put(text) }
            time.advance(bySeconds: 300)
            first.service.deliverChannels()
            let progress = try #require(first.service.channels.withLock { $0.channels.values.first }).progress
            try first.put("c")
            time.advance(bySeconds: 300)
            first.service.deliverChannels()
            let keys = buckets.keys
            #expect(buckets.texts() == ["ab", "c"])
            // As if the server had been killed between the object and what is noted of it.
            try first.store.write { transaction in
                let table = ChannelTable(transaction.database)
                for kept in try table.everything() { if let channel = kept.channel { try table.save(progress, of: channel) } }
            }
            first.close()
            let second = try Self.make(buckets, directory: directory, time: time, isNew: false)
            try second.put("d")
            time.advance(bySeconds: 300)
            second.service.deliverChannels()
            #expect(buckets.texts() == ["ab", "cd"] && buckets.keys == keys)
            second.close()
        }
    }

    @Test func `a channel that is ahead of its log goes on at the log's end`() throws {
        try withDataDirectory { directory in
            let time = ManualTime()
            let first = try Self.make(buckets, directory: directory, time: time)
            _ = try first.ask("CreateChannel", Self.input())
            try first.put("a")
            time.advance(bySeconds: 300)
            first.service.deliverChannels()
            // As if power had failed: the database knows of deliveries whose records the log has lost.
            try first.store.write { transaction in
                let table = ChannelTable(transaction.database)
                for kept in try table.everything() { if let channel = kept.channel { try table.save(ChannelProgress([0: 50]), of: channel) } }
            }
            first.close()
            let second = try Self.make(buckets, directory: directory, time: time, isNew: false)
            try second.put("b")
            time.advance(bySeconds: 300)
            second.service.deliverChannels()
            #expect(buckets.texts() == ["a", "b"])
            second.close()
        }
    }

    @Test func `records that the log has lost are passed over, and the others delivered`() throws {
        try withDataDirectory { directory in
            let harness = try KinesisHarness(directory: directory, rollAt: 1_000_000, buckets: buckets) { $0.streamMemory = 1 }
            harness.service.channels.withLock { ($0.isStopped, $0.isTicking) = (false, true) }
            try harness.create()
            try harness.ask("UpdateStreamMode", #"{"StreamARN":"\#(Self.stream)","StreamModeDetails":{"StreamMode":"ON_DEMAND"}}"#)
            _ = try harness.ask("CreateChannel", Self.input())
            let data = Base64.encode([UInt8](repeating: 65, count: 400_000))
            for _ in 0..<12 { try harness.ask("PutRecord", #"{"StreamName":"s","Data":"\#(data)","PartitionKey":"p"}"#) }
            harness.service.enforceBudget()
            try harness.recordLog.dropSegments { $0 == 1 }
            harness.time.advance(bySeconds: 300)
            harness.service.deliverChannels()
            let delivered = buckets.texts().reduce(0) { $0 + $1.utf8.count } / 400_000
            #expect((6..<12).contains(delivered), "\(delivered) were delivered")
            let progress = try #require(harness.service.channels.withLock { $0.channels.values.first }).progress
            #expect(progress.cursors[0] == 13)
            harness.close()
        }
    }

    @Test func `a channel is made, changed and deleted as the clock goes on`() throws {
        let harness = try Self.make(buckets, delay: 10)
        let made = try harness.ask("CreateChannel", Self.input(more: #","DataFreshnessInSeconds":60"#)).required("ChannelDescription")
        let arn = made.required("ChannelARN").text
        func shown() -> Document? { try? harness.ask("DescribeChannel", #"{"ChannelARN":"\#(arn)"}"#).required("ChannelDescription") }
        #expect(shown()?["ChannelStatus"]?.textIfAny == "CREATING")
        harness.time.advance(bySeconds: 10)
        #expect(shown()?["ChannelStatus"]?.textIfAny == "ACTIVE")
        try harness.ask("TagResource", #"{"ResourceARN":"\#(arn)","Tags":{"a":"b"}}"#)
        #expect(try harness.ask("ListTagsForResource", #"{"ResourceARN":"\#(arn)"}"#).required("Tags").items.count == 1)
        let change = #"{"ChannelARN":"\#(arn)","S3DestinationConfiguration":{"DataFreshnessInSeconds":5}}"#
        let updated = try harness.ask("UpdateChannel", change).required("ChannelDescription")
        #expect(updated.required("ChannelStatus").text == "UPDATING")
        #expect(updated.required("S3DestinationConfiguration").required("DataFreshnessInSeconds").int == 5)
        #expect(harness.refusal("UpdateChannel", change)?.code == "ResourceInUseException")
        // It delivers meanwhile.
        try harness.put("a")
        harness.time.advance(bySeconds: 5)
        harness.service.deliverChannels()
        #expect(buckets.texts() == ["a"])
        harness.time.advance(bySeconds: 5)
        #expect(harness.refusal("DeleteStream", #"{"StreamName":"s"}"#)?.code == "ResourceInUseException")
        try harness.ask("DeleteChannel", #"{"ChannelARN":"\#(arn)"}"#)
        #expect(shown()?["ChannelStatus"]?.textIfAny == "DELETING")
        #expect(harness.refusal("CreateChannel", Self.input())?.code == "ResourceInUseException")
        try harness.put("b")
        harness.time.advance(bySeconds: 10)
        #expect(shown() == nil)
        harness.service.deliverChannels()
        #expect(buckets.texts() == ["a"])
        #expect(try Queues.rows("tag", harness) == 0 && Queues.rows("record", harness) == 0)
        #expect(harness.service.channels.withLock { $0.channels.isEmpty })
        try harness.ask("DeleteStream", #"{"StreamName":"s"}"#)
    }

    @Test func `without a delay a deletion is over when it is answered`() throws {
        let arn = try create()
        try harness.ask("DeleteChannel", #"{"ChannelARN":"\#(arn)"}"#)
        #expect(harness.refusal("DescribeChannel", #"{"ChannelARN":"\#(arn)"}"#)?.code == "ResourceNotFoundException")
        #expect(try Queues.rows("record", harness) == 0 && create() != arn)
    }

    @Test func `a channel whose bucket is not there, or another's, fails and says why`() throws {
        buckets.there.withLock { $0 = [] }
        let missing = try describe(create())
        #expect(missing.required("ChannelStatus").text == "FAILED")
        #expect(missing.required("ChannelStatusReason").text == "The bucket out does not exist.")
        buckets.there.withLock { $0 = ["out"] }
        let other = try describe(
            create(Self.input("o").replacing(#""ExpectedBucketOwner":"000000000000""#, with: #""ExpectedBucketOwner":"111111111111""#))
        )
        #expect(other.required("ChannelStatusReason").text == "The bucket out is not owned by the account 111111111111.")
        try harness.put("a")
        deliver()
        #expect(buckets.texts() == [])
    }

    @Test func `channels are listed by page and stream, and counted`() throws {
        for name in ["b", "c", "a"] { try create(Self.input(name)) }
        let first = try harness.ask("ListChannels", #"{"MaxResults":2}"#)
        #expect(first.required("ChannelSummaries").items.map { $0.required("ChannelName").text } == ["a", "b"])
        let second = try harness.ask("ListChannels", #"{"NextToken":"\#(first.required("NextToken").text)"}"#)
        #expect(second.required("ChannelSummaries").items.map { $0.required("ChannelName").text } == ["c"] && second["NextToken"] == nil)
        let none = try harness.ask("ListChannels", #"{"StreamFilter":[{"StreamARN":"\#(Self.stream)x"}]}"#)
        #expect(none.required("ChannelSummaries").items.isEmpty)
        #expect(try harness.ask("DescribeLimits", "{}").required("ChannelCount").int == 3)
        let summary = try harness.ask("DescribeStreamSummary", #"{"StreamName":"s"}"#).required("StreamDescriptionSummary")
        #expect(summary.required("ChannelCount").int == 3)
    }

    private static let long = String(repeating: "x", count: 900)

    @Test(arguments: [
        (input("taken"), "ResourceInUseException"), (input(format: "GSR_JSON"), "ValidationException"),
        (input(storage: #","OutputKeyTemplate":"!{x:y}""#), "ValidationException"),
        (input(storage: #","OutputKeyTemplate":"{shard}""#), "ValidationException"),
        (input(storage: #","OutputKeyTemplate":"!{timestamp:Q}""#), "ValidationException"),
        (input(storage: #","OutputKeyTemplate":"\#(long)""#), "ValidationException"),
        (input(more: #","DataFreshnessInSeconds":-1"#), "ValidationException"),
        (input(more: #","DataFreshnessInSeconds":86401"#), "ValidationException"),
        (input().replacing(":stream/s", with: ":stream/none"), "ResourceNotFoundException"),
        (input().replacing(":stream/s", with: ":stream/p"), "ValidationException"),
        (input(storage: #","StorageClass":"GLACIER""#), "ValidationException"),
    ])
    func `what is refused at creation`(input: String, code: String) throws {
        try create(Self.input("taken"))
        try harness.create("p")
        #expect(harness.refusal("CreateChannel", input)?.code == code, "\(input)")
    }

    @Test func `other refusals`() throws {
        let arn = try create()
        for operation in ["DescribeChannel", "DeleteChannel", "UpdateChannel"] {
            #expect(harness.refusal(operation, #"{"ChannelARN":"\#(arn)x"}"#)?.code == "ResourceNotFoundException")
            #expect(
                harness.refusal(operation, #"{"ChannelARN":"arn:aws:kinesis:us-east-1:000000000000:channel/x"}"#)?.code == "InvalidArgumentException"
            )
        }
        let tables = #"{"ChannelARN":"\#(arn)","S3TablesDestinationConfiguration":{"DataFreshnessInSeconds":5}}"#
        #expect(harness.refusal("UpdateChannel", tables)?.code == "ValidationException")
        #expect(harness.refusal("ListChannels", #"{"NextToken":"x"}"#)?.code == "InvalidArgumentException")
        let provisioned = #"{"StreamARN":"\#(Self.stream)","StreamModeDetails":{"StreamMode":"PROVISIONED"}}"#
        #expect(harness.refusal("UpdateStreamMode", provisioned)?.code == "ResourceInUseException")
        let none = try KinesisHarness()
        #expect(none.refusal("CreateChannel", Self.input())?.code == "ValidationException")
    }
}
