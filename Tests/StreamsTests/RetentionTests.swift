import Testing

@testable import Streams

@Suite struct RetentionTests {
    private let hour: Int64 = 3_600_000

    @Test func `a record is gone when its time is over`() throws {
        let stream = makeStream()
        stream.put([0], data: [[1]], at: start)
        stream.put([0], data: [[2]], at: start + 1)
        #expect(try stream.readAll(at: start + 24 * hour).count == 2)
        #expect(try stream.readAll(at: start + 24 * hour + 1).map { $0.data } == [[2]])
        #expect(try stream.readAll(at: start + 24 * hour + 2).isEmpty)
        #expect(try stream.readAll(from: .timestamp(0), at: start + 24 * hour + 1).map { $0.data } == [[2]])
    }

    @Test func `shortening hides at once and lengthening brings nothing back`() throws {
        let stream = makeStream(retentionHours: 48)
        stream.put([0], data: [[1]], at: start)
        stream.put([0], data: [[2]], at: start + 20 * hour)
        let now = start + 30 * hour
        #expect(try stream.readAll(at: now).count == 2)
        stream.setRetention(hours: 24, now: now)
        #expect(try stream.readAll(at: now).map { $0.data } == [[2]])
        stream.setRetention(hours: 100, now: now)
        #expect(try stream.readAll(at: now).map { $0.data } == [[2]])
        #expect(stream.retentionHours == 100)
        #expect(try stream.readAll(at: start + 119 * hour).map { $0.data } == [[2]])
    }

    @Test func `trimming gives memory back and changes no answer`() throws {
        let stream = makeStream()
        for _ in 0..<40 { stream.put([0], data: [[UInt8](repeating: 1, count: 100_000)], at: start) }
        stream.put([0], data: [[2]], at: start + hour)
        let now = start + 24 * hour + 500
        let before = try stream.readAll(at: now)
        #expect(stream.trim(at: now) > 2_000_000)
        #expect(stream.trim(at: now) == 0)
        #expect(try stream.readAll(at: now) == before)
        #expect(stream.put([0], at: now)[0].number?.counter == 42)
    }

    @Test func `a closed shard disappears when its last record could have expired`() throws {
        let stream = makeStream()
        try stream.split(0, at: 1000, now: start)
        let last = start + 999 + 24 * hour
        #expect(stream.shards(at: last).count == 3)
        #expect(stream.shards(at: last + 1).count == 2)
        #expect(throws: PositionRefusal.noSuchShard) { try stream.begin(0, .trimHorizon, at: last + 1) }
        stream.trim(at: last + 1)
        #expect(stream.snapshot.shards.map { $0.index } == [1, 2])
        // Indices are not used again, and routing does without the parent.
        try stream.split(1, at: 500, now: last + 1)
        #expect(stream.shards(at: last + 1).map { $0.index } == [1, 2, 3, 4])
        #expect(stream.put([5], at: start)[0].shard == 1)
    }
}

@Suite struct ThroughputTests {
    @Test func `no stream is throttled unless it has limits`() {
        let outcomes = makeStream().put([UInt128](repeating: 0, count: 5000), at: start)
        #expect(outcomes.allSatisfy { $0.number != nil })
    }

    @Test func `a shard takes a thousand records a second`() {
        let stream = makeStream(shards: 2, limits: ThroughputLimits())
        let outcomes = stream.put([UInt128](repeating: 0, count: 1200), at: start)
        #expect(outcomes.prefix(1000).allSatisfy { $0.number != nil })
        #expect(outcomes.suffix(200).allSatisfy { $0 == .throttled(shard: 0) })
        #expect(stream.put([.max], at: start)[0].number != nil)
        #expect(stream.put([UInt128](repeating: 0, count: 600), at: start + 500).filter { $0.number != nil }.count == 500)
    }

    @Test func `a shard takes a mebibyte a second, and a larger record puts it in debt`() {
        let stream = makeStream(limits: ThroughputLimits())
        let half = [UInt8](repeating: 0, count: (1 << 19) - 1)
        #expect(stream.put([0, 0, 0], data: [half, half, half], at: start).map { $0.number != nil } == [true, false, false])
        #expect(stream.put([0], data: [[UInt8](repeating: 0, count: 3 << 20)], at: start + 1000)[0].number != nil)
        #expect(stream.put([0], data: [[1]], at: start + 2900)[0] == .throttled(shard: 0))
        #expect(stream.put([0], data: [[1]], at: start + 3100)[0].number != nil)
    }

    @Test func `a shard is read five times a second, and a page of ten mebibytes blocks it for five`() throws {
        let stream = makeStream(limits: ThroughputLimits())
        let position = try stream.begin(0, .trimHorizon, at: start)
        for _ in 0..<5 { _ = try stream.read(from: position, limit: 1, now: start) }
        #expect(throws: ReadRefusal.throttled) { try stream.read(from: position, limit: 1, now: start) }
        _ = try stream.read(from: position, limit: 1, now: start, isCharged: false)
        _ = try stream.read(from: position, limit: 1, now: start + 200)
        for index in 0..<5 {
            #expect(stream.put([0], data: [[UInt8](repeating: 0, count: (2 << 20) - 1)], at: start + 10_000 * Int64(index + 1))[0].number != nil)
        }
        let page = try stream.read(from: position, limit: 100, now: start + 100_000)
        #expect(page.bytes == 10 << 20)
        #expect(throws: ReadRefusal.throttled) { try stream.read(from: position, limit: 1, now: start + 103_900) }
        _ = try stream.read(from: position, limit: 1, now: start + 105_000)
    }
}
