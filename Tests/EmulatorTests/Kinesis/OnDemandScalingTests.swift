import Dispatch
import SQLite
import Streams
import Synchronization
import Testing
import Wire

@testable import Emulator
@testable import KinesisEmulator
@testable import PersonalizeEmulator
@testable import ServiceKit

/// On-demand streams that follow their load, by a clock that is moved by hand.
@Suite struct OnDemandScalingTests {
    private static let mebibyte = 1 << 20

    private func make(
        directory: String? = nil,
        time: ManualTime = ManualTime(Timestamp(milliseconds: 1_700_000_040_000)),
        mode: String = "ON_DEMAND",
        creates: Bool = true,
        configure: (inout ServerConfiguration) -> Void = { _ in }
    ) throws -> KinesisHarness {
        let harness = try KinesisHarness(directory: directory, time: time, machine: ManualTime()) {
            $0.scalesOnDemand = true
            configure(&$0)
        }
        let count = mode == "ON_DEMAND" ? "" : #""ShardCount":4,"#
        if creates { try harness.ask("CreateStream", #"{"StreamName":"s",\#(count)"StreamModeDetails":{"StreamMode":"\#(mode)"}}"#) }
        return harness
    }

    private func stream(_ harness: KinesisHarness) throws -> HostedStream { try harness.service.stream("s", nil, harness.call()) }

    /// Puts records of a mebibyte each, spread evenly over all hash keys or over those of one shard.
    /// - Returns: how many were throttled.
    @discardableResult
    private func put(_ mebibytes: Int, into shard: HashRange = .whole, _ harness: KinesisHarness) throws -> Int {
        let stream = try stream(harness)
        let data = [UInt8](repeating: 7, count: Self.mebibyte - 1)
        var throttled = 0
        for number in 0..<mebibytes {
            var intake = RecordIntake(stream, stream.facts(at: harness.time.now), count: 1)
            // The middle of each part.
            let part = (shard.end - shard.start) / UInt128(mebibytes)
            let key = shard.start + part * UInt128(number) + part / 2
            try intake.add(data: data[...], partitionKey: [112], explicitHashKey: "\(key)", path: "")
            for outcome in harness.service.put(intake, into: stream, harness.call()) { if case .throttled = outcome { throttled += 1 } }
        }
        return throttled
    }

    /// As if a minute had brought so much, all of it to one shard.
    private func pretend(mebibytes: Int, shard: Int32 = 0, _ harness: KinesisHarness) throws {
        let data = [UInt8](repeating: 7, count: Self.mebibyte)
        let entries = [PutEntry](repeating: PutEntry(hashKey: 0, partitionKey: [], data: data[...]), count: mebibytes)
        let number = SequenceNumber(shardCreated: 0, shardIndex: shard, counter: 1, second: 0)
        let outcomes = [PutOutcome](repeating: .stored(shard: shard, number: number), count: mebibytes)
        _ = try stream(harness).load.note(outcomes, of: entries, at: harness.time.now)
    }

    /// Ends the minute, and tells the service of it as a clock that was set does.
    private func pass(seconds: Double = 60, _ harness: KinesisHarness) {
        harness.time.advance(bySeconds: seconds)
        harness.service.clockWasSet()
    }

    private func open(_ harness: KinesisHarness) throws -> Int { try stream(harness).engine.openShardCount }

    @Test func `the shards that carry the most are halved until they carry twice the peak`() throws {
        let harness = try make()
        let before = try stream(harness).engine.shards(at: harness.time.now.milliseconds)
        // 2.5 MiB a second; the third shard has somewhat more than the others.
        try put(100, harness)
        try put(50, into: before[2].range, harness)
        #expect(try open(harness) == 4)
        pass(harness)
        #expect(try open(harness) == 5)
        #expect(try harness.status() == "UPDATING")
        pass(seconds: 1, harness)
        #expect(try harness.status() == "ACTIVE")
        let shards = try harness.ask("ListShards", #"{"StreamName":"s"}"#).required("Shards").items
        #expect(shards.count == 6)
        let ended = shards.filter { $0.required("SequenceNumberRange")["EndingSequenceNumber"] != nil }.map { $0.required("ShardId").text }
        #expect(ended == ["shardId-000000000002"])
        let halves = try #require(before[2].range.halves)
        for (child, range) in zip(shards[4...], [halves.lower, halves.upper]) {
            #expect(child.required("ParentShardId").text == "shardId-000000000002")
            #expect(child["AdjacentParentShardId"] == nil)
            #expect(child.required("HashKeyRange").required("StartingHashKey").text == "\(range.start)")
            #expect(child.required("HashKeyRange").required("EndingHashKey").text == "\(range.end)")
        }
        // What the parent had is still read there, up to its end, which names the children.
        var iterator = try harness.iterator(shard: 2)
        var (count, children) = (0, [String]())
        while true {
            let output = try harness.ask("GetRecords", #"{"ShardIterator":"\#(iterator)"}"#)
            count += output.required("Records").items.count
            guard let next = output["NextShardIterator"]?.textIfAny else {
                children = output.required("ChildShards").items.map { $0.required("ShardId").text }
                break
            }
            iterator = next
        }
        #expect((count, children.count) == (75, 2))
    }

    @Test func `records count as bytes do, and an even load halves every shard`() throws {
        let harness = try make()
        let stream = try stream(harness)
        let entries = [PutEntry](repeating: PutEntry(hashKey: 0, partitionKey: [112], data: [7]), count: 60_000)
        for shard in Int32(0)..<4 {
            let number = SequenceNumber(shardCreated: 0, shardIndex: shard, counter: 1, second: 0)
            let outcomes = [PutOutcome](repeating: .stored(shard: shard, number: number), count: entries.count)
            _ = stream.load.note(outcomes, of: entries, at: harness.time.now)
        }
        pass(harness)
        #expect(try open(harness) == 8)
        let parents = stream.engine.shards(.after(3), at: harness.time.now.milliseconds).map(\.parent)
        #expect(parents == [0, 0, 1, 1, 2, 2, 3, 3])
    }

    @Test func `without the option, and for a provisioned stream, nothing is counted`() throws {
        let harness = try make { $0.scalesOnDemand = false }
        try put(150, harness)
        pass(harness)
        #expect(try (open(harness), stream(harness).load.isCounting) == (4, false))
        let provisioned = try make(mode: "PROVISIONED")
        try put(150, provisioned)
        pass(provisioned)
        #expect(try (open(provisioned), stream(provisioned).load.isCounting) == (4, false))
    }

    @Test func `the minute that is over is noticed by the next put`() throws {
        let harness = try make()
        try put(150, harness)
        harness.time.advance(bySeconds: 60)
        try harness.put("a")
        harness.service.sweeper.sync {}
        #expect(try open(harness) == 5)
    }

    @Test func `the peak is kept over restarts for thirty days, and only then the stream shrinks`() throws {
        try withDataDirectory { directory in
            let first = try make(directory: directory)
            try pretend(mebibytes: 300, first)
            pass(first)
            #expect(try open(first) == 10)
            first.close()
            let second = try make(directory: directory, time: first.time, creates: false)
            // The day of the peak and the thirty behind it; a restart in between makes no difference.
            for _ in 0..<30 {
                pass(seconds: 86_400, second)
                try second.put("a")
                pass(second)
                #expect(try open(second) == 10)
            }
            second.close()
            let third = try make(directory: directory, time: first.time, creates: false)
            pass(seconds: 86_400, third)
            #expect(try open(third) == 10)
            try third.put("a")
            pass(third)
            #expect(try open(third) == 4)
            let ranges = try stream(third).engine.shards(.atLatest, at: third.time.now.milliseconds).map(\.range)
            #expect(HashRange.isWhole(ranges))
            third.close()
            // A start without the option forgets what it cannot go on to watch.
            let fourth = try KinesisHarness(directory: directory, time: first.time)
            #expect(try fourth.store.read { try OnDemandPeak($0, of: 1) } == nil)
            fourth.close()
        }
    }

    @Test func `a stream that has just become on-demand keeps its shards for thirty days`() throws {
        let harness = try KinesisHarness(time: ManualTime(), machine: ManualTime()) { $0.scalesOnDemand = true }
        try harness.create(shards: 32)
        func become(_ mode: String) throws {
            let arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s"
            try harness.ask("UpdateStreamMode", #"{"StreamARN":"\#(arn)","StreamModeDetails":{"StreamMode":"\#(mode)"}}"#)
        }
        func live(days: Int) throws {
            for _ in 0..<days {
                try harness.put("a")
                pass(seconds: 86_400, harness)
            }
        }
        try become("ON_DEMAND")
        try live(days: 29)
        #expect(try open(harness) == 32)
        try become("PROVISIONED")
        try become("ON_DEMAND")
        try live(days: 29)
        #expect(try open(harness) == 32)
        try live(days: 3)
        #expect(try open(harness) == 4)
    }

    @Test func `what is throttled at four shards passes at eight`() throws {
        let harness = try make { $0.enforcesStreamLimits = true }
        #expect(try put(8, harness) == 4)
        for _ in 0..<59 {
            harness.time.advance(bySeconds: 1)
            #expect(try put(4, harness) == 0)
        }
        pass(seconds: 1, harness)
        #expect(try open(harness) == 8)
        pass(seconds: 1, harness)
        #expect(try put(8, harness) == 0)
        #expect(try put(1, harness) == 1)
    }

    @Test func `no more shards are made than the account may have`() throws {
        let harness = try make { $0.shardLimit = 6 }
        try pretend(mebibytes: 600, harness)
        pass(harness)
        #expect(try open(harness) == 6)
    }

    @Test func `however many puts and minutes, one look is to come`() throws {
        let harness = try make()
        func ordered() -> Int {
            harness.service.sweeper.sync {}
            return harness.service.looksOrdered.load(ordering: .relaxed)
        }
        for _ in 0..<50 { try harness.put("a") }
        #expect(ordered() == 1)
        // The minute goes on, and the clock is asked to hurry: what was ordered for later is not waited for.
        for _ in 0..<50 { harness.service.clockWasSet() }
        #expect(ordered() == 1)
        harness.time.rate = 2
        for _ in 0..<50 { harness.service.clockWasSet() }
        #expect((2...3).contains(ordered()))
        let before = ordered()
        harness.time.rate = 1
        for _ in 0..<50 {
            harness.time.advance(bySeconds: 60)
            try harness.put("a")
        }
        #expect(ordered() == before)
        // Who stands still orders none.
        let still = try make()
        still.time.rate = 0
        for _ in 0..<10 {
            try still.put("a")
            pass(still)
        }
        still.service.sweeper.sync {}
        #expect(still.service.looksOrdered.load(ordering: .relaxed) == 0)
    }

    @Test func `a peak counts on the day that it was of, and a clock that is set back begins anew`() throws {
        let harness = try make()
        try pretend(mebibytes: 300, harness)
        pass(seconds: 31 * 86_400, harness)
        #expect(try open(harness) == 4)
        let peak = try #require(try stream(harness).load.peak)
        #expect(peak.days.isEmpty)
        harness.time.advance(bySeconds: -20 * 86_400)
        try harness.put("a")
        pass(harness)
        #expect(try #require(try stream(harness).load.peak).since <= harness.time.now)
    }

    @Test func `a stream that is being changed is scaled when that is done`() throws {
        let harness = try make { $0.streamDelay = 100 }
        pass(seconds: 100, harness)
        try harness.ask("IncreaseStreamRetentionPeriod", #"{"StreamName":"s","RetentionPeriodHours":48}"#)
        #expect(try harness.status() == "UPDATING")
        try pretend(mebibytes: 150, shard: 3, harness)
        pass(harness)
        #expect(try open(harness) == 4)
        pass(seconds: 41, harness)
        #expect(try open(harness) == 5)
        // Which shard carried it is known still.
        #expect(try stream(harness).engine.shards(.after(3), at: harness.time.now.milliseconds).map(\.parent) == [3, 3])
    }

    @Test func `while the clock stands still the children are there at once`() throws {
        let harness = try make()
        harness.time.rate = 0
        try pretend(mebibytes: 300, harness)
        pass(harness)
        #expect(try (open(harness), harness.status()) == (10, "ACTIVE"))
        #expect(try put(1, harness) == 0)
        let children = try stream(harness).engine.shards(.atLatest, at: harness.time.now.milliseconds)
        #expect(children.allSatisfy { $0.index > 0 })
    }

    @Test func `a queue goes on across the splits`() throws {
        let harness = try make()
        harness.time.rate = 0
        let arn = try Queues.queue(harness)
        var wanted: Set<String> = []
        var got: Set<String> = []
        for round in 0..<3 {
            for number in 0..<20 {
                try harness.put("\(round)-\(number)", key: "\(number)")
                wanted.insert("\(round)-\(number)")
            }
            let before = try open(harness)
            try pretend(mebibytes: 300 << round, harness)
            pass(harness)
            #expect(try open(harness) > before)
            for _ in 0..<40 {
                let records = try Queues.receive(harness, arn, #","Limit":10"#)
                got.formUnion(records.map(\.text))
                if !records.isEmpty { try Queues.answer(harness, "AcknowledgeQueueRecords", arn, records) }
            }
        }
        #expect(got == wanted)
    }

    @Test func `a deleted stream leaves no peak behind`() throws {
        let harness = try make()
        try pretend(mebibytes: 300, harness)
        pass(harness)
        #expect(try harness.store.read { try OnDemandPeak($0, of: 1) } != nil)
        pass(harness)
        try harness.ask("DeleteStream", #"{"StreamName":"s"}"#)
        harness.time.advance(bySeconds: 1)
        try harness.create("other")
        #expect(try harness.store.read { try OnDemandPeak($0, of: 1) } == nil)
    }

    @Test func `a peak that is kept is read as it was, and one that is none is passed over`() throws {
        let harness = try make()
        var peak = OnDemandPeak(since: harness.time.now)
        for day in 0..<40 {
            let time = harness.time.now.advanced(bySeconds: Double(day) * 86_400)
            var minute = LoadedMinute(minute: LoadedMinute.minute(of: time))
            (minute.bytes, minute.records) = (day, 40 - day)
            let isNew = peak.note(minute, at: time)
            #expect(isNew)
        }
        #expect(peak.days.count == 31)
        let kept = peak
        try harness.store.write { try kept.save($0.database, of: 7) }
        #expect(try harness.store.read { try OnDemandPeak($0, of: 7) } == peak)
        let wrong = [
            "", "[]", #"{"Since":"x","Days":[]}"#, #"{"Since":1,"Days":[{"Day":1,"Bytes":-1,"Records":0}]}"#, #"{"Since":1,"Days":[7]}"#,
            #"{"Since":-9223372036854775808,"Days":[]}"#, #"{"Since":1,"Days":[{"Day":9223372036854775807,"Bytes":1,"Records":0}]}"#,
        ]
        for text in wrong {
            try harness.store.write { try SettingTable($0.database).set("kinesis/on-demand/7", Array(text.utf8)) }
            #expect(try harness.store.read { try OnDemandPeak($0, of: 7) } == nil)
        }
        // A clock that was set back.
        let isNew = peak.note(LoadedMinute(minute: LoadedMinute.minute(of: harness.time.now)), at: harness.time.now)
        #expect(isNew)
        #expect(peak.days.count == 1)
    }
}
