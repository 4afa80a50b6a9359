import Glibc
import Testing

@testable import Streams

/// A stream as a beginner would write it: lists, and no cleverness.
private struct ModelStream {
    struct Record: Equatable {
        var counter: UInt64
        var arrival: Int64
        var data: [UInt8]
    }

    struct Shard {
        var range: HashRange
        var created: Int64
        var closed: Int64?
        var parents: [Int]
        var records: [Record] = []
        var last: UInt64 = 0
    }

    var shards: [Shard]
    var hours: Int64 = 24
    var hidden = Int64.min

    init(count: Int) {
        shards = HashRange.even(count).map { Shard(range: $0, created: birth, closed: nil, parents: []) }
    }

    func open(_ index: Int) -> Bool { shards[index].closed == nil }
    var leaves: [Int] { shards.indices.filter { open($0) }.sorted { shards[$0].range.start < shards[$1].range.start } }
    func horizon(_ now: Int64) -> Int64 { max(hidden, now - hours * 3_600_000) }
    func hasExpired(_ index: Int, _ now: Int64) -> Bool { shards[index].closed.map { $0 * 1000 + 999 < horizon(now) } ?? false }

    /// Shards that take the key in this second: born by then, and not over.
    mutating func put(_ key: UInt128, _ data: [UInt8], _ now: Int64) -> (shard: Int, counter: UInt64) {
        let second = now / 1000
        let index = shards.indices.last { index in
            let shard = shards[index]
            return shard.range.contains(key) && shard.created <= second && (shard.closed.map { second <= $0 } ?? true)
        }!
        shards[index].last += 1
        let counter = shards[index].last
        shards[index].records.append(Record(counter: counter, arrival: now, data: data))
        return (index, counter)
    }

    mutating func close(_ indices: [Int], _ now: Int64, _ ranges: [HashRange]) {
        let last = indices.map { max(now / 1000, shards[$0].created) }.max()!
        for index in indices { shards[index].closed = last }
        for range in ranges { shards.append(Shard(range: range, created: last + 1, closed: nil, parents: indices)) }
    }

    func read(_ index: Int, from counter: UInt64, limit: Int, _ now: Int64) -> (records: [Record], tip: Bool, end: Bool) {
        let live = shards[index].records.filter { $0.arrival >= horizon(now) && $0.counter >= counter }
        let tip = live.count <= limit
        return (Array(live.prefix(limit)), tip, tip && (shards[index].closed.map { now / 1000 > $0 } ?? false))
    }
}

/// Random walks of 6000 steps over the engine and the model side by side. `PERSONALITE_MODEL_WALKS` says how many: a third of them has a log.
@Suite struct ModelTests {
    private static let steps = 6000
    private static let walks = getenv("PERSONALITE_MODEL_WALKS").flatMap { UInt64(String(cString: $0)) } ?? 6

    @Test("a stream does what the simple model does", arguments: 0..<(walks - walks / 3))
    func inMemory(seed: UInt64) throws {
        try walk(seed: seed, directory: nil)
    }

    @Test("a stream with a log does the same, through restarts", arguments: 0..<walks / 3)
    func withLog(seed: UInt64) throws {
        try withDirectory { try walk(seed: seed + 1_000_000, directory: $0) }
    }

    private func walk(seed: UInt64, directory: String?) throws {
        var random = Seeded(seed)
        var walk = try Walk(count: Int.random(in: 1...4, using: &random), directory: directory)
        for _ in 0..<Self.steps {
            walk.now += [0, 0, 1, 40, 700, 3000, 900_000].randomElement(using: &random)!
            switch Int.random(in: 0..<100, using: &random) {
            case ..<45: walk.put(&random)
            case ..<80: try walk.read(&random)
            case ..<84: try walk.begin(&random)
            case ..<88: walk.split(&random)
            case ..<92: walk.merge(&random)
            case ..<94: walk.trim()
            case ..<95: walk.retain(&random)
            case ..<97: walk.list()
            default: try walk.restart()
            }
        }
        walk.log.close()
    }
}

/// Both streams, the clock, and readers under way.
private struct Walk {
    var model: ModelStream
    var stream: Streams.Stream
    var log: RecordLog
    let directory: String?
    /// So little that most of what a walk with a log reads is no longer in memory.
    let memory: RecordMemory
    var now = start
    var readers: [(shard: Int, cursor: ShardPosition)] = []

    init(count: Int, directory: String?) throws {
        model = ModelStream(count: count)
        self.directory = directory
        log = try Self.open(directory)
        memory = RecordMemory(budget: directory == nil ? nil : 100_000)
        stream = Stream(id: 1, name: "s", created: birth, shardCount: count, log: log, memory: memory)
    }

    private static func open(_ directory: String?) throws -> RecordLog {
        guard let directory else { return .inMemory() }
        return try RecordLog.open(directory: directory, rollAt: 200_000, summaries: [StreamRecordSummary.kind]).log
    }

    mutating func put(_ random: inout Seeded) {
        let keys = (0..<Int.random(in: 1...12, using: &random)).map { _ in
            Bool.random(using: &random) ? UInt128.random(in: 0...(.max), using: &random) : [0, .max, 1 << 127].randomElement(using: &random)!
        }
        let data = keys.map { _ in [UInt8](repeating: UInt8.random(in: 0...255, using: &random), count: Int.random(in: 0...300, using: &random)) }
        let outcomes = stream.put(keys, data: data, at: now)
        for (index, outcome) in outcomes.enumerated() {
            let wanted = model.put(keys[index], data[index], now)
            #expect(outcome.shard == Int32(wanted.shard))
            #expect(outcome.number?.counter == wanted.counter)
            #expect(outcome.number?.second == now / 1000)
        }
        memory.enforceBudget([stream])
    }

    mutating func read(_ random: inout Seeded) throws {
        guard let pick = readers.indices.randomElement(using: &random) else { return try begin(&random) }
        let (shard, cursor) = readers[pick]
        if model.hasExpired(shard, now) {
            #expect(throws: ReadRefusal.noSuchShard) { try stream.read(from: cursor, limit: 1, now: now) }
            readers.remove(at: pick)
            return
        }
        let limit = Int.random(in: 1...20, using: &random)
        let page = try stream.read(from: cursor, limit: limit, now: now)
        let wanted = model.read(shard, from: cursor.counter, limit: limit, now)
        #expect(page.records.map { ModelStream.Record(counter: $0.number.counter, arrival: $0.arrival, data: $0.data) } == wanted.records)
        #expect(page.isEnd == wanted.end)
        #expect(page.millisBehindLatest == (wanted.tip ? 0 : now - wanted.records.last!.arrival))
        if page.isEnd {
            let children = model.shards.indices.filter { model.shards[$0].parents.contains(shard) }
            #expect(page.children.map { Int($0.index) } == children)
            readers.remove(at: pick)
        } else {
            readers[pick].cursor = page.next
        }
    }

    mutating func begin(_ random: inout Seeded) throws {
        let shard = Int.random(in: model.shards.indices, using: &random)
        let records = model.shards[shard].records
        let horizon = model.horizon(now)
        var position = StartingPosition.trimHorizon
        var counter = records.first { $0.arrival >= horizon }?.counter ?? model.shards[shard].last + 1
        let tip = model.shards[shard].last + 1
        switch Int.random(in: 0..<4, using: &random) {
        case 0: break
        case 1:
            position = .latest
            counter = tip
        case 2:
            let time = now - Int64.random(in: 0...2_000_000, using: &random)
            position = .timestamp(time)
            counter = max(counter, records.first { $0.arrival >= time }?.counter ?? tip)
        default:
            guard let record = records.randomElement(using: &random) else { return }
            let created = model.shards[shard].created
            let number = SequenceNumber(
                shardCreated: created,
                shardIndex: Int32(shard),
                counter: record.counter,
                second: record.arrival / 1000
            )
            let isIncluded = Bool.random(using: &random)
            position = isIncluded ? .at(number) : .after(number)
            counter = max(counter, isIncluded ? record.counter : record.counter + 1)
        }
        if model.hasExpired(shard, now) {
            #expect(throws: PositionRefusal.noSuchShard) { try stream.position(in: Int32(shard), at: position, now: now) }
            return
        }
        let cursor = try stream.position(in: Int32(shard), at: position, now: now)
        let page = try stream.read(from: cursor, limit: 1, now: now)
        #expect(page.records.first?.number.counter == records.first { $0.counter >= counter && $0.arrival >= horizon }?.counter)
        readers.append((shard, cursor))
        if readers.count > 30 { readers.removeFirst() }
    }

    mutating func split(_ random: inout Seeded) {
        guard let shard = model.leaves.randomElement(using: &random), model.leaves.count < 12 else { return }
        let range = model.shards[shard].range
        let key = UInt128.random(in: range.start...range.end, using: &random)
        guard let ranges = range.split(at: key) else {
            #expect(throws: ReshardRefusal.keyOutOfRange(range)) { try stream.split(Int32(shard), at: key, now: now) }
            return
        }
        #expect(throws: Never.self) { try stream.split(Int32(shard), at: key, now: now) }
        model.close([shard], now, [ranges.lower, ranges.upper])
    }

    mutating func merge(_ random: inout Seeded) {
        let leaves = model.leaves
        guard leaves.count > 1 else { return }
        let index = Int.random(in: 0..<leaves.count - 1, using: &random)
        let (lower, upper) = (leaves[index], leaves[index + 1])
        #expect(throws: ReshardRefusal.notAdjacent) { try stream.merge(Int32(upper), with: Int32(lower), now: now) }
        #expect(throws: Never.self) { try stream.merge(Int32(lower), with: Int32(upper), now: now) }
        model.close([lower, upper], now, [HashRange(start: model.shards[lower].range.start, end: model.shards[upper].range.end)])
    }

    mutating func retain(_ random: inout Seeded) {
        let hours = Int64.random(in: 24...72, using: &random)
        stream.setRetention(hours: Int(hours), now: now)
        model.hidden = model.horizon(now)
        model.hours = hours
        model.hidden = model.horizon(now)
    }

    /// What has expired never comes back, so the model can forget it too; that keeps long walks quick.
    mutating func trim() {
        stream.trim(at: now)
        let horizon = model.horizon(now)
        for shard in model.shards.indices { model.shards[shard].records.removeAll { $0.arrival < horizon } }
    }

    func list() {
        let wanted = model.shards.indices.filter { !model.hasExpired($0, now) }
        let shards = stream.shards(at: now)
        #expect(shards.map { Int($0.index) } == wanted)
        #expect(shards.map { $0.range } == wanted.map { model.shards[$0].range })
        #expect(shards.map { $0.closed } == wanted.map { model.shards[$0].closed })
        #expect(stream.shards(.atLatest, at: now).map { Int($0.index) } == model.shards.indices.filter { model.open($0) })
    }

    /// Drops what is dead, closes the log, and builds the stream again from its snapshot.
    mutating func restart() throws {
        guard let directory else { return }
        stream.trim(at: now)
        let snapshot = stream.snapshot
        var live = Set<UInt64>()
        stream.addLiveSegments(to: &live)
        try log.dropSegments { !live.contains($0) }
        log.close()
        log = try Self.open(directory)
        stream = Stream(snapshot, log: log, memory: memory)
        try stream.restore(from: log)
    }
}
