import Testing

@testable import Streams

/// Records that memory has given up are read from the log, and no reader sees a difference.
@Suite struct RecordMemoryTests {
    private static let budget = 256 << 10

    private func open(_ directory: String) throws -> RecordLog {
        try RecordLog.open(directory: directory, rollAt: 300_000, summaries: [StreamRecordSummary.kind]).log
    }

    private func stream(_ log: RecordLog, _ memory: RecordMemory) -> Streams.Stream {
        Stream(id: 1, name: "s", created: birth, shardCount: 2, log: log, memory: memory)
    }

    /// A thousand puts of a few records of different sizes, a second apart.
    private func fill(_ stream: Streams.Stream, _ memory: RecordMemory, seed: UInt64 = 1) -> Int {
        var random = Seeded(seed)
        var most = 0
        for round in 0..<1000 {
            let hashes = (0..<3).map { _ in UInt128.random(in: 0...(.max), using: &random) }
            let data = hashes.map { _ in [UInt8](repeating: UInt8(round & 0xff), count: Int.random(in: 0...900, using: &random)) }
            stream.put(hashes, data: data, at: start + Int64(round) * 1000)
            memory.enforceBudget([stream])
            most = max(most, memory.bytes)
        }
        return most
    }

    @Test func `memory stays within its budget and nothing is lost`() throws {
        try withDirectory { directory in
            let log = try open(directory)
            defer { log.close() }
            let (bounded, free) = (RecordMemory(budget: Self.budget), RecordMemory())
            let (cold, hot) = (stream(log, bounded), stream(.inMemory(), free))
            #expect(fill(cold, bounded) <= Self.budget)
            _ = fill(hot, free)
            #expect(free.bytes > 3 * Self.budget)
            let now = start + 1_000_000
            for shard in [0, 1] as [Int32] {
                #expect(try cold.readAll(shard, limit: 97, at: now) == hot.readAll(shard, limit: 97, at: now))
                for time in [start - 1, start + 1, start + 250_500, start + 998_999, now] {
                    let position = StartingPosition.timestamp(time)
                    #expect(try cold.begin(shard, position, at: now) == hot.begin(shard, position, at: now))
                }
                for record in try hot.readAll(shard, limit: 1000, at: now).filter({ $0.number.counter % 50 == 7 }) {
                    #expect(try cold.readAll(shard, from: .at(record.number), at: now).first == record)
                    #expect(try cold.begin(shard, .after(record.number), at: now) == hot.begin(shard, .after(record.number), at: now))
                }
            }
            // What answers hold, and the block that each shard read last, counts too.
            #expect(bounded.bytes <= Self.budget + (2 << 20))
        }
    }

    @Test func `without a log the oldest are gone as if they had expired`() throws {
        let (bounded, free) = (RecordMemory(budget: Self.budget, forgets: true), RecordMemory())
        let (forgetful, whole) = (stream(.inMemory(), bounded), stream(.inMemory(), free))
        #expect(fill(forgetful, bounded) <= Self.budget)
        _ = fill(whole, free)
        let now = start + 1_000_000
        for shard in [0, 1] as [Int32] {
            let (kept, all) = (try forgetful.readAll(shard, limit: 97, at: now), try whole.readAll(shard, limit: 97, at: now))
            #expect(kept.count > 20 && kept.count < all.count / 2)
            #expect(kept == Array(all.suffix(kept.count)))
            // A reader whose position is gone goes on with the oldest that is there.
            #expect(try forgetful.readAll(shard, from: .at(all[3].number), at: now) == kept)
            #expect(try forgetful.readAll(shard, from: .timestamp(start), at: now) == kept)
        }
        let count = try ([0, 1] as [Int32]).reduce(0) { try $0 + forgetful.readAll($1, limit: 97, at: now).count }
        let rest = RecordMemory(budget: 1, forgets: true)
        let last = stream(.inMemory(), rest)
        last.put([0], data: [[1, 2, 3]], at: start)
        #expect(rest.enforceBudget([last]) == 1)
        #expect(rest.bytes == 0)
        #expect(count > 40)
        // And the shard goes on.
        last.put([0], data: [[4]], at: start)
        #expect(try last.readAll(0, limit: 1, at: start).map(\.number.counter) == [2])
    }

    @Test func `a restart reads all and keeps within the budget`() throws {
        try withDirectory { directory in
            let memory = RecordMemory(budget: Self.budget)
            var log = try open(directory)
            var stream = stream(log, memory)
            _ = fill(stream, memory)
            let now = start + 1_000_000
            let before = try (0...1).map { try stream.readAll($0, at: now) }
            let snapshot = stream.snapshot
            log.close()
            let fresh = RecordMemory(budget: Self.budget)
            log = try open(directory)
            defer { log.close() }
            stream = Stream(snapshot, log: log, memory: fresh)
            try stream.restore(from: log)
            #expect(fresh.bytes <= Self.budget)
            #expect(try (0...1).map { try stream.readAll($0, at: now) } == before)
        }
    }

    @Test func `retention gives back the segments of records that memory gave up long before`() throws {
        try withDirectory { directory in
            let memory = RecordMemory(budget: Self.budget)
            let log = try open(directory)
            defer { log.close() }
            let stream = stream(log, memory)
            _ = fill(stream, memory)
            #expect(log.segments.count > 3)
            let now = start + 25 * 3_600_000
            stream.trim(at: now)
            var live = Set<UInt64>()
            stream.addLiveSegments(to: &live)
            #expect(live.isEmpty)
            try log.dropSegments { !live.contains($0) }
            #expect(log.segments.count == 1)
            #expect(try stream.readAll(at: now).isEmpty)
        }
    }

    @Test func `a damaged entry costs its own records, and is reported once`() throws {
        try withDirectory { directory in
            let memory = RecordMemory(budget: Self.budget)
            var log = try open(directory)
            var stream = stream(log, memory)
            _ = fill(stream, memory)
            let now = start + 1_000_000
            let whole = try (0...1).map { try stream.readAll($0, at: now) }
            let snapshot = stream.snapshot
            log.close()
            log = try open(directory)
            _ = try log.recover { _ in }
            log.close()
            // From here on every sealed segment has its checkpoint, and the damage is met by readers alone.
            let path = directory + "/" + LogSegment.name(2)
            let bytes = try contents(of: path)
            for offset in [LogSegment.headerSize + 7, bytes.count / 2, bytes.count - 1] {
                var flipped = bytes
                flipped[offset] ^= 4
                try write(flipped, to: path)
                log = try open(directory)
                defer { log.close() }
                let reported = Box<[LogError]>([])
                log.observeDamage { error in reported.update { $0.append(error) } }
                stream = Stream(snapshot, log: log, memory: RecordMemory(budget: Self.budget))
                try stream.restore(from: log)
                for _ in 0..<2 {
                    let read = try (0...1).map { try stream.readAll($0, at: now) }
                    let missing = zip(whole, read).map { all, left in all.filter { !left.contains($0) } }
                    // One put went into one entry for each shard.
                    #expect((1...3).contains(missing.joined().count) && Set(missing.joined().map(\.arrival)).count == 1)
                    #expect(zip(whole, read).allSatisfy { all, left in all.filter(left.contains) == left })
                }
                #expect(reported.value.count == 1)
                if case .damaged(2, _)? = reported.value.first {} else { Issue.record("reported \(reported.value)") }
            }
        }
    }

    @Test func `a segment that is gone is a fault and no empty page`() throws {
        try withDirectory { directory in
            let memory = RecordMemory(budget: Self.budget)
            let log = try open(directory)
            defer { log.close() }
            let stream = stream(log, memory)
            _ = fill(stream, memory)
            let now = start + 1_000_000
            let position = try stream.begin(0, .trimHorizon, at: now)
            try log.dropSegments { $0 == 1 }
            #expect {
                try stream.read(from: position, limit: 10, now: now)
            } throws: { error in
                if case .lost? = error as? ReadRefusal { true } else { false }
            }
        }
    }
}
