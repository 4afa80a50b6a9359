import Synchronization
import Testing

@testable import Streams

/// The second every test begins in, and the same in milliseconds.
let birth: Int64 = 1_700_000_000
let start: Int64 = birth * 1000

/// Holds what a callback brought.
final class Box<Value: Sendable>: Sendable {
    private let state: Mutex<Value>
    init(_ value: Value) { state = Mutex(value) }
    func update(_ change: (inout Value) -> Void) { state.withLock { change(&$0) } }
    var value: Value {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}

func makeStream(shards: Int = 1, limits: ThroughputLimits? = nil, log: RecordLog = .inMemory(), retentionHours: Int = 24) -> Streams.Stream {
    Stream(id: 1, name: "s", created: birth, shardCount: shards, retentionHours: retentionHours, limits: limits, log: log)
}

/// A record as a test sees it.
struct Seen: Equatable, CustomStringConvertible {
    var number: SequenceNumber
    var arrival: Int64
    var key: [UInt8]
    var data: [UInt8]
    var description: String { "\(number.counter)@\(arrival):\(data)" }
}

extension RecordPage {
    var records: [Seen] {
        var seen: [Seen] = []
        forEach { seen.append(Seen(number: $0.number, arrival: $0.arrival, key: Array($0.partitionKey), data: Array($0.data))) }
        return seen
    }
}

extension Streams.Stream {
    /// Puts records whose key is their number, and expects an answer at once.
    @discardableResult
    func put(_ hashes: [UInt128], data: [[UInt8]]? = nil, at now: Int64) -> [PutOutcome] {
        let entries = hashes.enumerated().map { index, hash in
            PutEntry(hashKey: hash, partitionKey: [UInt8](repeating: 107, count: index % 3 + 1), data: data?[index] ?? [UInt8(index & 0xff)])
        }
        let box = Box<[PutOutcome]>([])
        put(entries, at: now) { box.value = $0 }
        return box.value
    }

    /// Puts back what a log has that was just opened with `summaries: [StreamRecordSummary.kind]`.
    func restore(from log: RecordLog) throws {
        _ = try log.recover { summary in
            StreamRecordSummary.forEachBlock(summary.parts[StreamRecordFrame.kind] ?? []) { restore($0, of: summary.segment) }
        }
    }

    func begin(_ shard: Int32 = 0, _ position: StartingPosition, at now: Int64) throws -> ShardPosition {
        try self.position(in: shard, at: position, now: now)
    }

    /// Everything in a shard, by pages of `limit`.
    func readAll(_ shard: Int32 = 0, from position: StartingPosition = .trimHorizon, limit: Int = 100, at now: Int64) throws -> [Seen] {
        var cursor = try begin(shard, position, at: now)
        var seen: [Seen] = []
        while true {
            let page = try read(from: cursor, limit: limit, now: now)
            seen += page.records
            if page.count == 0 || page.isEnd { return seen }
            cursor = page.next
        }
    }
}

extension PutOutcome {
    var number: SequenceNumber? {
        if case .stored(_, let number) = self { return number }
        return nil
    }

    var shard: Int32? {
        switch self {
        case .stored(let shard, _), .throttled(let shard): shard
        case .failed: nil
        }
    }
}

extension Box where Value == Set<UInt64> {
    func insert(_ element: UInt64) {
        update { $0.insert(element) }
    }
}
