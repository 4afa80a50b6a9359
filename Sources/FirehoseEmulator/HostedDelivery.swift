import ServiceKit
import Streams
import Synchronization
import Wire

/// Records that came together and are delivered together.
struct DeliveryBatch: Sendable {
    /// Where they are safe until they are delivered.
    enum Origin: Sendable {
        /// An entry of the record log.
        case entry(serial: UInt64, segment: UInt64)
        /// A page of a shard of the source, up to a sequence number.
        case shard(String, last: String)
        /// The end of a shard of the source, with no records.
        case shardEnd(String)
    }

    var origin: Origin
    var arrival: Timestamp
    var records: [DeliveryRecord]
    var bytes: Int

    init(_ origin: Origin, arrival: Timestamp, _ records: [DeliveryRecord]) {
        self.origin = origin
        self.arrival = arrival
        self.records = records
        bytes = records.reduce(0) { $0 + $1.data.count }
    }
}

/// Records that are in the record log, on their way to the disk.
struct AcceptedRecords: ~Copyable, Sendable {
    let entry: PendingEntry
    /// Whether there is enough for an object.
    let isFull: Bool
}

struct DeliveryRecord: Sendable {
    var data: ArraySlice<UInt8>
    /// When it came, to the source if there is one.
    var arrival: Timestamp
    /// What the source knows of it: shard, key and sequence number.
    var source: Document?
}

/// A delivery stream in memory: what it is, and what is not delivered yet.
final class HostedDelivery: Sendable {
    private struct State {
        var stream: DeliveryStream
        var settings: DeliverySettings
        var batches: [DeliveryBatch] = []
        var bytes = 0
        var nextSerial: UInt64
        var progress: DeliveryProgress
    }

    let key: DeliveryKey
    let identity: UInt64
    /// The shards of the source as they are read; used on the delivery queue only.
    let reading = Mutex<[String: ShardReading]>([:])
    let figures = DeliveryFigures()
    private let memory: DeliveryMemory
    private let state: Mutex<State>

    init(_ stream: DeliveryStream, _ progress: DeliveryProgress, _ memory: DeliveryMemory) {
        self.memory = memory
        key = stream.key
        identity = stream.identity
        let settings = DeliverySettings(stream.destination)
        state = Mutex(State(stream: stream, settings: settings, nextSerial: progress.serial + 1, progress: progress))
    }

    var stream: DeliveryStream { state.withLock { $0.stream } }
    var settings: DeliverySettings { state.withLock { $0.settings } }
    var progress: DeliveryProgress { state.withLock { $0.progress } }
    var bytes: Int { state.withLock { $0.bytes } }
    var isEmpty: Bool { state.withLock { $0.batches.isEmpty } }

    func replace(_ stream: DeliveryStream) {
        let settings = DeliverySettings(stream.destination)
        state.withLock { ($0.stream, $0.settings) = (stream, settings) }
    }

    /// Appends records to the record log and to what is to be delivered, in one order.
    func put(_ records: [[UInt8]], at now: Timestamp, _ log: RecordLog) throws(LogError) -> AcceptedRecords {
        try state.withLock { state throws(LogError) in
            let frame = DeliveryFrame(identity: identity, serial: state.nextSerial, arrival: now, records: records.map { $0[...] })
            let entry = try log.append(kind: DeliveryFrame.kind, payload: frame.encoded())
            state.nextSerial += 1
            let held = records.map { DeliveryRecord(data: $0[...], arrival: now) }
            add(DeliveryBatch(.entry(serial: frame.serial, segment: entry.segment), arrival: now, held), to: &state)
            return AcceptedRecords(entry: entry, isFull: state.bytes >= state.settings.size || state.settings.interval == 0)
        }
    }

    /// Takes an entry of an earlier run in again, if it was not delivered.
    func restore(_ frame: DeliveryFrame, segment: UInt64) {
        state.withLock { state in
            guard frame.serial >= state.nextSerial else { return }
            state.nextSerial = frame.serial + 1
            let held = frame.records.map { DeliveryRecord(data: $0, arrival: frame.arrival) }
            add(DeliveryBatch(.entry(serial: frame.serial, segment: segment), arrival: frame.arrival, held), to: &state)
        }
    }

    func add(_ batch: DeliveryBatch) { state.withLock { add(batch, to: &$0) } }

    private func add(_ batch: DeliveryBatch, to state: inout State) {
        state.batches.append(batch)
        state.bytes += batch.bytes
        memory.change(by: batch.bytes)
    }

    /// What the next object is to hold, oldest first; nil while nothing is due.
    func due(at now: Timestamp, isForced: Bool) -> (batches: [DeliveryBatch], settings: DeliverySettings)? {
        state.withLock { state in
            guard let oldest = state.batches.lazy.filter({ !$0.records.isEmpty }).map(\.arrival).min() else {
                // Ends of shards need no object, only to be noted.
                return state.batches.isEmpty ? nil : (state.batches, state.settings)
            }
            let isDue = isForced || state.bytes >= state.settings.size || oldest.advanced(bySeconds: Double(state.settings.interval)) <= now
            guard isDue else { return nil }
            var (count, bytes) = (0, 0)
            while count < state.batches.count, bytes < state.settings.size {
                bytes += state.batches[count].bytes
                count += 1
            }
            return (Array(state.batches[..<count]), state.settings)
        }
    }

    /// Progress once the first `batches` are delivered.
    func progress(after batches: [DeliveryBatch]) -> DeliveryProgress {
        var progress = self.progress
        for batch in batches {
            switch batch.origin {
            case .entry(let serial, _): progress.serial = serial
            case .shard(let shard, let last): progress.shards[shard] = last
            case .shardEnd(let shard): progress.shards[shard] = DeliveryProgress.end
            }
        }
        return progress
    }

    /// The first `count` batches are delivered.
    func finish(_ count: Int, _ progress: DeliveryProgress) {
        state.withLock { state in
            let gone = state.batches.prefix(count)
            let bytes = gone.reduce(0) { $0 + $1.bytes }
            state.bytes -= bytes
            memory.change(by: -bytes)
            state.batches.removeFirst(gone.count)
            state.progress = progress
        }
    }

    /// The stream is gone, and with it what was not delivered.
    func forget() { finish(.max, progress) }

    /// The source is another stream now: nothing of its shards was delivered.
    func begin(_ progress: DeliveryProgress) { state.withLock { $0.progress = progress } }

    func addSegments(to segments: inout Set<UInt64>) {
        state.withLock { state in
            for batch in state.batches { if case .entry(_, let segment) = batch.origin { segments.insert(segment) } }
        }
    }
}

/// What the records of all delivery streams take that are not delivered.
final class DeliveryMemory: Sendable {
    /// Beyond so many bytes no more records are taken: a destination that cannot be written to must not take the server's memory.
    static let limit = 256 << 20
    private let bytes = Atomic(0)

    var isFull: Bool { bytes.load(ordering: .relaxed) > Self.limit }
    func change(by count: Int) { bytes.wrappingAdd(count, ordering: .relaxed) }
}
