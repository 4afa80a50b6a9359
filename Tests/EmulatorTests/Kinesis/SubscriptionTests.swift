import Synchronization
import Testing
import Wire

@testable import Emulator
@testable import KinesisEmulator
@testable import PersonalizeEmulator
@testable import ServiceKit

/// What a subscription says, step by step, with a clock that stands still.
@Suite struct SubscriptionTests {
    /// One open subscription: how often it called for attention, and what it answers.
    private final class Listener: Sendable {
        let source: any EventSource
        let woken = Mutex(0)

        init(_ source: any EventSource) { self.source = source }

        func next(isEnding: Bool = false) -> EventStep {
            source.next(isEnding: isEnding) { self.woken.withLock { $0 += 1 } }
        }

        /// The next event's document.
        func event() throws -> Document {
            guard case .event(let name, let document) = next() else { throw Unexpected() }
            #expect(name == "SubscribeToShardEvent")
            return document
        }

        func texts() throws -> [String] {
            try event().required("Records").items.map { String(decoding: $0.required("Data").blob, as: UTF8.self) }
        }

        /// How long there is nothing, in milliseconds; nil when there is something.
        func silence() -> Int64? {
            if case .nothing(let milliseconds) = next() { milliseconds } else { nil }
        }

        func exception() -> String? {
            if case .exception(let error) = next() { error.code } else { nil }
        }

        var hasEnded: Bool {
            if case .end = next() { true } else { false }
        }
    }

    private struct Unexpected: Error {}

    private let harness: KinesisHarness
    private let arn: String

    init() throws {
        (harness, arn) = try Self.make()
    }

    private static func make(_ configure: (inout ServerConfiguration) -> Void = { _ in }) throws -> (KinesisHarness, String) {
        let harness = try KinesisHarness(configure: configure)
        try harness.create()
        let input = #"{"StreamARN":"\#(StreamConsumerTests.stream)","ConsumerName":"c"}"#
        return (harness, try harness.ask("RegisterStreamConsumer", input).required("Consumer").required("ConsumerARN").text)
    }

    private func input(_ position: String, shard: String = "shardId-000000000000", arn: String? = nil) -> String {
        #"{"ConsumerARN":"\#(arn ?? self.arn)","ShardId":"\#(shard)","StartingPosition":{\#(position)}}"#
    }

    private func subscribe(
        _ position: String = #""Type":"LATEST""#,
        shard: String = "0",
        to harness: KinesisHarness? = nil,
        arn: String? = nil
    ) throws -> Listener {
        let harness = harness ?? self.harness
        let call = harness.call()
        try harness.ask("SubscribeToShard", input(position, shard: shard, arn: arn), call)
        return Listener(try #require(call.acknowledgement.events))
    }

    private func refusal(_ position: String, shard: String = "0") -> ServiceError? {
        harness.refusal("SubscribeToShard", input(position, shard: shard))
    }

    @Test func `records come as they are put, with a wake-up each time`() throws {
        let listener = try subscribe()
        #expect(listener.silence() == 5000)
        #expect(listener.woken.withLock { $0 } == 0)
        try harness.put("a")
        #expect(listener.woken.withLock { $0 } == 1)
        try harness.put("b")
        #expect(listener.woken.withLock { $0 } == 1)
        let event = try listener.event()
        #expect(event.required("Records").items.map { $0.required("PartitionKey").text } == ["p", "p"])
        #expect(event.required("MillisBehindLatest").int == 0)
        #expect(event["ChildShards"] == nil)
        #expect(listener.silence() == 5000)
        listener.source.close()
        try harness.put("c")
        #expect(listener.woken.withLock { $0 } == 1)
    }

    @Test(arguments: ["AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"])
    func `the continuation goes on behind the last record, whichever way it is used`(type: String) throws {
        try harness.put("a")
        let first = try subscribe(#""Type":"TRIM_HORIZON""#)
        let event = try first.event()
        #expect(event.required("Records").items.count == 1)
        try harness.put("b")
        harness.time.advance(bySeconds: 5)
        let number = event.required("ContinuationSequenceNumber").text
        let second = try subscribe(#""Type":"\#(type)","SequenceNumber":"\#(number)""#)
        #expect(try second.texts() == ["b"])
    }

    @Test func `without records there is a sign of life every five seconds, and it too can be gone on from`() throws {
        let listener = try subscribe()
        harness.time.advance(bySeconds: 4.999)
        #expect(listener.silence() == 1)
        harness.time.advance(bySeconds: 0.001)
        let event = try listener.event()
        #expect(event.required("Records").items.isEmpty)
        try harness.put("a")
        let again = try subscribe(#""Type":"AT_SEQUENCE_NUMBER","SequenceNumber":"\#(event.required("ContinuationSequenceNumber").text)""#)
        #expect(try again.texts() == ["a"])
    }

    @Test func `it lives for five minutes, or as long as the option says`() throws {
        let listener = try subscribe()
        harness.time.advance(bySeconds: 299)
        _ = try listener.event()
        #expect(listener.silence() == 1000)
        harness.time.advance(bySeconds: 1)
        #expect(listener.hasEnded)
        let (short, arn) = try Self.make { $0.subscriptionLifetime = 2 }
        let brief = try subscribe(to: short, arn: arn)
        #expect(brief.silence() == 2000)
        short.time.advance(bySeconds: 2)
        #expect(brief.hasEnded)
        // Whom the server has sent away may come back at once.
        #expect(try subscribe(to: short, arn: arn).silence() == 2000)
    }

    @Test func `the end of a closed shard names its children and is the end`() throws {
        try harness.put("a")
        let listener = try subscribe(#""Type":"TRIM_HORIZON""#)
        #expect(try listener.texts() == ["a"])
        #expect(listener.silence() == 5000)
        try harness.ask("SplitShard", #"{"StreamName":"s","ShardToSplit":"0","NewStartingHashKey":"10"}"#)
        #expect(listener.woken.withLock { $0 } == 1)
        #expect(listener.silence() == 1000)
        try harness.put("b")
        #expect(try listener.texts() == ["b"])
        harness.time.advance(bySeconds: 1)
        let last = try listener.event()
        #expect(last.required("Records").items.isEmpty)
        #expect(last.required("ChildShards").items.map { $0.required("ShardId").text } == ["shardId-000000000001", "shardId-000000000002"])
        #expect(last["ContinuationSequenceNumber"] == nil)
        #expect(listener.hasEnded)
        // A later subscription is told the same, with the records or without.
        let again = try subscribe(#""Type":"TRIM_HORIZON""#)
        let whole = try again.event()
        #expect(whole.required("Records").items.count == 2)
        #expect(whole.required("ChildShards").items.count == 2)
        #expect(whole["ContinuationSequenceNumber"] == nil)
        #expect(again.hasEnded)
    }

    @Test func `within five seconds nobody takes over, and after them the older one ends`() throws {
        let first = try subscribe()
        harness.time.advance(bySeconds: 4.9)
        let second = refusal(#""Type":"LATEST""#)
        #expect(second?.code == "ResourceInUseException")
        #expect(second?.message == "Another active subscription exists for this consumer: 000000000000:s:shardId-000000000000:c")
        harness.time.advance(bySeconds: 0.1)
        _ = try first.event()
        #expect(first.silence() == 5000)
        let third = try subscribe()
        #expect(first.woken.withLock { $0 } == 1)
        #expect(first.exception() == "ResourceInUseException")
        first.source.close()
        #expect(third.silence() == 5000)
    }

    @Test func `while the clock stands still a client that left holds no subscription`() throws {
        harness.time.rate = 0
        let first = try subscribe()
        #expect(refusal(#""Type":"LATEST""#)?.code == "ResourceInUseException")
        first.source.close()
        #expect(try subscribe().silence() == 5000)
    }

    @Test func `signs of life come by the machine's clock, and the rest by the server's`() throws {
        let machine = ManualTime()
        let harness = try KinesisHarness(machine: machine)
        try harness.create()
        let made = try harness.ask("RegisterStreamConsumer", #"{"StreamARN":"\#(StreamConsumerTests.stream)","ConsumerName":"c"}"#)
        harness.time.rate = 0
        let listener = try subscribe(to: harness, arn: made.required("Consumer").required("ConsumerARN").text)
        #expect(listener.silence() == 5000)
        machine.advance(bySeconds: 5)
        #expect(try listener.event().required("Records").items.isEmpty)
        #expect(listener.silence() == 5000)
        // With a hundred seconds a second, five minutes are three seconds.
        harness.time.rate = 100
        #expect(listener.silence() == 3000)
        harness.time.advance(bySeconds: 300)
        harness.service.clockWasSet()
        #expect(listener.woken.withLock { $0 } == 1)
        #expect(listener.hasEnded)
    }

    @Test func `a client that left holds its subscription for five seconds`() throws {
        let first = try subscribe()
        first.source.close()
        #expect(refusal(#""Type":"LATEST""#)?.code == "ResourceInUseException")
        harness.time.advance(bySeconds: 5)
        _ = try subscribe()
    }

    @Test func `shards and consumers do not stand in each other's way`() throws {
        try harness.ask("SplitShard", #"{"StreamName":"s","ShardToSplit":"0","NewStartingHashKey":"10"}"#)
        let other = try harness.ask("RegisterStreamConsumer", #"{"StreamARN":"\#(StreamConsumerTests.stream)","ConsumerName":"d"}"#)
        let listeners = [
            try subscribe(), try subscribe(shard: "1"), try subscribe(arn: other.required("Consumer").required("ConsumerARN").text),
        ]
        for listener in listeners { #expect(listener.silence() ?? 0 > 0) }
    }

    @Test func `it ends with its consumer, its stream, the server and a reset`() throws {
        let (gone, deleted, ended, reset) = (try Self.make(), try Self.make(), try Self.make(), try Self.make())
        let listeners = try [gone, deleted, ended, reset].map { try subscribe(to: $0.0, arn: $0.1) }
        for listener in listeners { #expect(listener.silence() == 5000) }
        try gone.0.ask("DeregisterStreamConsumer", #"{"ConsumerARN":"\#(gone.1)"}"#)
        #expect(listeners[0].woken.withLock { $0 } == 1)
        #expect(listeners[0].exception() == "ResourceNotFoundException")
        try deleted.0.ask("DeleteStream", #"{"StreamName":"s","EnforceConsumerDeletion":true}"#)
        #expect(listeners[1].woken.withLock { $0 } == 1)
        #expect(listeners[1].exception() == "ResourceNotFoundException")
        guard case .end = listeners[2].next(isEnding: true) else { throw Unexpected() }
        try reset.0.service.reset()
        #expect(listeners[3].woken.withLock { $0 } == 1)
        #expect(listeners[3].exception() == "ResourceNotFoundException")
    }

    @Test func `an event holds a mebibyte, and a larger record goes alone`() throws {
        try harness.ask("UpdateMaxRecordSize", #"{"StreamARN":"\#(StreamConsumerTests.stream)","MaxRecordSizeInKiB":4096}"#)
        let sizes = [300_000, 600_000, 300_000, 3_000_000, 10]
        for size in sizes { try harness.put(String(repeating: "x", count: size)) }
        let listener = try subscribe(#""Type":"TRIM_HORIZON""#)
        var got: [[Int]] = []
        for _ in 0..<4 { got.append(try listener.texts().map(\.utf8.count)) }
        #expect(got == [[300_000, 600_000], [300_000], [3_000_000], [10]])
        #expect(listener.silence() == 5000)
    }

    @Test func `two mebibytes a second are what a consumer gets when limits are enforced`() throws {
        let (limited, arn) = try Self.make { $0.enforcesStreamLimits = true }
        for _ in 0..<2 {
            limited.time.advance(bySeconds: 10)
            try limited.put(String(repeating: "x", count: 1 << 20 - 1))
        }
        let listener = try subscribe(#""Type":"TRIM_HORIZON""#, to: limited, arn: arn)
        #expect(try listener.texts().count == 1)
        #expect(listener.silence() == 500)
        limited.time.advance(bySeconds: 0.5)
        #expect(try listener.texts().count == 1)
    }

    @Test func `one call a second is what a consumer has for a shard when limits are enforced`() throws {
        let (limited, arn) = try Self.make { $0.enforcesStreamLimits = true }
        let wrong = input(#""Type":"AT_TIMESTAMP""#, arn: arn)
        #expect(limited.refusal("SubscribeToShard", wrong)?.code == "InvalidArgumentException")
        #expect(limited.refusal("SubscribeToShard", wrong)?.code == "LimitExceededException")
        limited.time.advance(bySeconds: 1)
        #expect(limited.refusal("SubscribeToShard", wrong)?.code == "InvalidArgumentException")
    }

    /// Of the shards of another stream.
    private static let foreign = "49600871682957036442365024926191073437251060580128653314"

    @Test(arguments: [
        (#""Type":"AT_SEQUENCE_NUMBER""#, "0", "InvalidArgumentException"),
        (#""Type":"LATEST","SequenceNumber":"5""#, "0", "InvalidArgumentException"),
        (#""Type":"AT_SEQUENCE_NUMBER","SequenceNumber":"\#(foreign)""#, "0", "InvalidArgumentException"),
        (#""Type":"AT_TIMESTAMP""#, "0", "InvalidArgumentException"),
        (#""Type":"AT_TIMESTAMP","Timestamp":9999999999"#, "0", "InvalidArgumentException"),
        (#""Type":"NEXT""#, "0", "ValidationException"), (#""Type":"LATEST""#, "7", "ResourceNotFoundException"),
        (#""Type":"LATEST""#, "x", "ResourceNotFoundException"), ("", "0", "ValidationException"),
    ])
    func `a wrong beginning is refused before the stream begins`(position: String, shard: String, code: String) {
        #expect(refusal(position, shard: shard)?.code == code)
    }

    @Test func `only an active consumer may subscribe`() throws {
        let harness = try KinesisHarness { $0.streamDelay = 10 }
        try harness.create()
        harness.time.advance(bySeconds: 10)
        let made = try harness.ask("RegisterStreamConsumer", #"{"StreamARN":"\#(StreamConsumerTests.stream)","ConsumerName":"c"}"#)
        let arn = made.required("Consumer").required("ConsumerARN").text
        let refused = harness.refusal("SubscribeToShard", input(#""Type":"LATEST""#, arn: arn))
        #expect(refused?.code == "ResourceInUseException")
        let birth = made.required("Consumer").required("ConsumerCreationTimestamp").time.seconds
        #expect(refused?.message == "Consumer c with creation timestamp \(birth) under stream: s , account 000000000000 is not in ACTIVE status.")
        harness.time.advance(bySeconds: 10)
        #expect(try subscribe(to: harness, arn: arn).silence() == 5000)
    }

    @Test func `a dry run subscribes to nothing`() throws {
        let dry = String(input(#""Type":"LATEST""#).dropLast()) + #","DryRun":true}"#
        #expect(harness.refusal("SubscribeToShard", dry)?.code == "DryRunOperationException")
        _ = try subscribe()
    }
}
