import Synchronization
import Testing

@testable import Streams

@Suite struct DurabilityTests {
    /// Opens the log and the stream of a snapshot, and puts its records back.
    private func reopen(
        _ snapshot: StreamSnapshot,
        in directory: String,
        policy: RecordLog.SyncPolicy = .everySecond,
        files: any LogFileSystem = PosixFileSystem()
    ) throws -> (stream: Streams.Stream, log: RecordLog) {
        let log = try RecordLog.open(directory: directory, policy: policy, files: files, summaries: [StreamRecordSummary.kind]).log
        let stream = Stream(snapshot, log: log)
        var blocks: [(StreamRecordSummary.Block, UInt64)] = []
        _ = try log.recover { summary in
            StreamRecordSummary.forEachBlock(summary.parts[StreamRecordFrame.kind] ?? []) { blocks.append(($0, summary.segment)) }
        }
        for (block, segment) in blocks { #expect(stream.restore(block, of: segment)) }
        // A second time changes nothing.
        for (block, segment) in blocks { stream.restore(block, of: segment) }
        return (stream, log)
    }

    @Test func `every record is there once after the log is read again`() throws {
        try withDirectory { directory in
            let log = try RecordLog.open(directory: directory) { _, _, _ in }.log
            let stream = makeStream(shards: 2, log: log)
            for index in 0..<50 {
                stream.put([0, .max, UInt128(index)], data: [[1], [], [UInt8](repeating: 3, count: index)], at: start + Int64(index) * 100)
            }
            let now = start + 10_000
            let seen = try (0..<2).map { try stream.readAll($0, at: now) }
            let snapshot = stream.snapshot
            log.close()
            let again = try reopen(snapshot, in: directory)
            for shard in 0..<2 { #expect(try again.stream.readAll(Int32(shard), at: now) == seen[shard]) }
            // New records continue the numbers.
            let next = again.stream.put([0], at: now)[0].number
            #expect(try again.stream.readAll(0, at: now).last?.number == next)
            #expect(seen[0].last!.number < next!)
            again.log.close()
        }
    }

    @Test func `children, retention and closing times come back from a snapshot`() throws {
        try withDirectory { directory in
            let log = try RecordLog.open(directory: directory) { _, _, _ in }.log
            let stream = makeStream(shards: 2, log: log)
            stream.put([0], at: start)
            try stream.split(0, at: 1000, now: start)
            stream.setRetention(hours: 72, now: start)
            stream.mode = .onDemand
            stream.put([5, 1000], at: start + 1500)
            let snapshot = stream.snapshot
            log.close()
            let again = try reopen(snapshot, in: directory)
            #expect(again.stream.snapshot == snapshot)
            #expect(again.stream.shards(at: start) == stream.shards(at: start))
            #expect(again.stream.put([5, 1000], at: start + 2000).map { $0.shard } == [2, 3])
            #expect(try again.stream.readAll(2, at: start + 2000).count == 2)
            #expect(try again.stream.read(from: again.stream.begin(0, .trimHorizon, at: start + 2000), limit: 9, now: start + 2000).isEnd)
            again.log.close()
        }
    }

    @Test func `counters are not given out again though their segments are gone`() throws {
        try withDirectory { directory in
            let day: Int64 = 86_400_000
            let log = try RecordLog.open(directory: directory, rollAt: 300) { _, _, _ in }.log
            let stream = makeStream(log: log)
            let numbers = (0..<10).compactMap { stream.put([0], data: [[UInt8](repeating: 0, count: 200)], at: start + Int64($0))[0].number }
            stream.trim(at: start + 2 * day)
            var live = Set<UInt64>()
            stream.addLiveSegments(to: &live)
            #expect(live.isEmpty)
            let snapshot = stream.snapshot
            try log.dropSegments { !live.contains($0) }
            #expect(log.segments.count == 1)
            log.close()
            let again = try reopen(snapshot, in: directory)
            let next = try #require(again.stream.put([0], at: start + 2 * day)[0].number)
            #expect(next.counter > numbers.last!.counter)
            #expect(try again.stream.readAll(from: .after(numbers[3]), at: start + 2 * day).map { $0.number } == [next])
            again.log.close()
        }
    }

    @Test func `a segment lives as long as one record in it`() throws {
        try withDirectory { directory in
            let log = try RecordLog.open(directory: directory, rollAt: 3 << 20) { _, _, _ in }.log
            let stream = makeStream(log: log)
            let megabyte = [UInt8](repeating: 0, count: 1 << 20)
            for hour in 0..<6 { stream.put([0], data: [megabyte], at: start + Int64(hour) * 3_600_000) }
            let all = Set(log.segments.map { $0.number })
            #expect(all.count == 3)
            var live = Set<UInt64>()
            stream.addLiveSegments(to: &live)
            #expect(live == all)
            stream.trim(at: start + 28 * 3_600_000)
            live = []
            stream.addLiveSegments(to: &live)
            #expect(live.count < all.count)
            #expect(live.contains(all.max()!))
            log.close()
        }
    }

    @Test func `a record that the log refuses is nowhere, and takes no number`() throws {
        try withDirectory { directory in
            let files = FaultyFileSystem()
            let log = try RecordLog.open(directory: directory, files: files) { _, _, _ in }.log
            let stream = makeStream(shards: 2, log: log)
            stream.put([0], at: start)
            files.fail(.write, tornBytes: 30)
            let outcomes = stream.put([0, .max], at: start)
            #expect(outcomes.filter { $0.number == nil }.count == 1)
            let next = stream.put([0, .max], at: start)
            #expect(next.allSatisfy { $0.number != nil })
            #expect(try (0..<2).map { try stream.readAll($0, at: start).count }.reduce(0, +) == 4)
            let snapshot = stream.snapshot
            log.close()
            let again = try reopen(snapshot, in: directory)
            for shard in 0..<Int32(2) { #expect(try again.stream.readAll(shard, at: start) == stream.readAll(shard, at: start)) }
            again.log.close()
        }
    }

    @Test func `under group commit nobody sees a record before the disk has it`() throws {
        try withDirectory { directory in
            let files = FaultyFileSystem()
            let log = try RecordLog.open(directory: directory, policy: .always, files: files) { _, _, _ in }.log
            let stream = makeStream(shards: 2, log: log)
            _ = try log.write(kind: 99, payload: [0])
            log.flush()
            let outcomes = Box<[PutOutcome]>([])
            let woken = Box(0)
            let tip = try stream.begin(0, .latest, at: start)
            _ = stream.whenReadable(from: tip, now: start) { woken.update { $0 += 1 } }
            let entries = [0, UInt128.max, 1].map { PutEntry(hashKey: $0, partitionKey: [107], data: [1]) }
            try files.holding {
                stream.put(entries, at: start) { outcomes.value = $0 }
                let seen = try stream.readAll(at: start)
                #expect(seen.isEmpty)
                #expect(outcomes.value.isEmpty)
                #expect(woken.value == 0)
            }
            log.flush()
            #expect(outcomes.value.compactMap { $0.shard } == [0, 1, 0])
            #expect(try stream.readAll(at: start).map { $0.number } == [outcomes.value[0].number!, outcomes.value[2].number!])
            #expect(woken.value == 1)
            log.close()
        }
    }

    @Test func `a batch that fails leaves a gap that readers pass over`() throws {
        try withDirectory { directory in
            let files = FaultyFileSystem()
            let log = try RecordLog.open(directory: directory, policy: .always, files: files) { _, _, _ in }.log
            let stream = makeStream(log: log)
            func put(_ byte: UInt8) -> [PutOutcome] {
                let box = Box<[PutOutcome]>([])
                stream.put([PutEntry(hashKey: 0, partitionKey: [107], data: [byte])], at: start) { box.value = $0 }
                log.flush()
                return box.value
            }
            #expect(put(1)[0].number != nil)
            files.fail(.write)
            let failed = put(2)
            #expect(failed.count == 1)
            #expect(failed[0].number == nil)
            #expect(put(3)[0].number != nil)
            #expect(try stream.readAll(at: start).map { $0.data } == [[1], [3]])
            #expect(try stream.readAll(limit: 1, at: start).map { $0.data } == [[1], [3]])
            let seen = try stream.readAll(at: start)
            let snapshot = stream.snapshot
            log.close()
            let again = try reopen(snapshot, in: directory, policy: .always)
            #expect(try again.stream.readAll(at: start) == seen)
            again.log.close()
        }
    }

    @Test func `a record frame is refused unless its lengths add up`() throws {
        try withDirectory { directory in
            let log = try RecordLog.open(directory: directory) { _, _, _ in }.log
            makeStream(log: log).put([0, 1], data: [[1, 2, 3], [4]], at: start)
            log.close()
            let payload = try #require(try entries(in: directory).first).payload
            let frame = try #require(StreamRecordFrame(payload[...]))
            #expect((frame.stream, frame.shardIndex, frame.count) == (1, 0, 2))
            for length in payload.indices { #expect(StreamRecordFrame(payload[..<length]) == nil) }
            #expect(StreamRecordFrame((payload + [0])[...]) == nil)
            var later = payload
            later[0] = 2
            #expect(StreamRecordFrame(later[...]) == nil)
            var random = Seeded(5)
            for _ in 0..<5000 {
                var bytes = payload
                bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
                // Whatever comes out, it must not trap.
                StreamRecordFrame(bytes[...])?.forEach { _, _ in }
            }
        }
    }
}
