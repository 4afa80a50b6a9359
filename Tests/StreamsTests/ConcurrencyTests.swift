import Synchronization
import Testing

@testable import Streams

@Suite struct ConcurrencyTests {
    /// A clock that every thread pushes on.
    private final class Ticks: Sendable {
        private let now = Atomic<Int64>(start)
        func tick() -> Int64 { now.add(3, ordering: .relaxed).newValue }
    }

    @Test(
        "with writers, a resharder and a reader at once every record is read once",
        arguments: [RecordLog.SyncPolicy?.none, .everySecond, .always]
    )
    func everythingAtOnce(policy: RecordLog.SyncPolicy?) async throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let log = try policy.map { try RecordLog.open(directory: scratch.path, policy: $0, rollAt: 100_000) { _, _, _ in }.log } ?? .inMemory()
        let stream = makeStream(shards: 2, log: log)
        let ticks = Ticks()
        let acknowledged = Box<[SequenceNumber: UInt64]>([:])
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<4 {
                group.addTask {
                    var random = Seeded(UInt64(task))
                    for index in 0..<250 {
                        let ids = (0..<3).map { UInt64(task * 10_000 + index * 3 + $0) }
                        let entries = ids.map { id in
                            let data = withUnsafeBytes(of: id.littleEndian) { Array($0) }
                            return PutEntry(hashKey: .random(in: 0...(.max), using: &random), partitionKey: [107], data: data)
                        }
                        stream.put(entries, at: ticks.tick()) { outcomes in
                            acknowledged.update { known in
                                for (id, outcome) in zip(ids, outcomes) { outcome.number.map { known[$0] = id } }
                            }
                        }
                    }
                }
            }
            group.addTask {
                var random = Seeded(99)
                for step in 0..<60 {
                    let open = stream.shards(.atLatest, at: ticks.tick()).sorted { $0.range.start < $1.range.start }
                    let now = ticks.tick()
                    if step % 2 == 0 || open.count < 2 {
                        let shard = open.randomElement(using: &random)!
                        try? stream.split(shard.index, at: shard.range.start + (shard.range.end - shard.range.start) / 2, now: now)
                    } else {
                        try? stream.merge(open[0].index, with: open[1].index, now: now)
                    }
                    await Task.yield()
                }
            }
            group.addTask {
                for _ in 0..<100 {
                    for shard in stream.shards(at: ticks.tick()) { _ = try? stream.readAll(shard.index, at: ticks.tick()) }
                    await Task.yield()
                }
            }
        }
        log.flush()
        let now = ticks.tick() + 10_000
        var read: [SequenceNumber: UInt64] = [:]
        for shard in stream.shards(at: now) {
            let seen = try stream.readAll(shard.index, at: now)
            #expect(zip(seen, seen.dropFirst()).allSatisfy { $0.number < $1.number })
            for record in seen { #expect(read.updateValue(LittleEndian.read(record.data[...]), forKey: record.number) == nil) }
        }
        #expect(read.count == 3000)
        #expect(read == acknowledged.value)
        log.close()
    }

    @Test func `a reader that waits misses nothing`() async throws {
        let stream = makeStream()
        let position = try stream.position(in: 0, at: .trimHorizon, now: start)
        async let writing: Void = {
            for index in 0..<500 {
                stream.put([PutEntry(hashKey: 0, partitionKey: [107], data: [UInt8(index & 255)])], at: start) { _ in }
                await Task.yield()
            }
        }()
        var cursor = position
        var seen = 0
        while seen < 500 {
            let page = try stream.read(from: cursor, limit: 7, now: start)
            cursor = page.next
            seen += page.count
            guard page.count == 0 else { continue }
            await withCheckedContinuation { continuation in
                if stream.whenReadable(from: cursor, now: start, { continuation.resume() }) == nil { continuation.resume() }
            }
        }
        await writing
        #expect(seen == 500)
    }
}
