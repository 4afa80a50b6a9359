import Dispatch
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
        /// A page of a shard of the source, up to a sequence number. `source` is the creation of the source that was read, as
        /// `DeliveryProgress.sourceCreated`.
        case shard(String, last: String, source: Int64?)
        /// The end of a shard of the source, with no records.
        case shardEnd(String, source: Int64?)
    }

    var origin: Origin
    var arrival: Timestamp
    var records: [DeliveryRecord]
    /// Of the records' data: what objects are measured by.
    var bytes: Int
    /// About what the batch takes of memory, which for small records is many times their data.
    var cost: Int

    private static let overhead = 128
    private static let sourceOverhead = 1024

    init(_ origin: Origin, arrival: Timestamp, _ records: [DeliveryRecord]) {
        self.origin = origin
        self.arrival = arrival
        self.records = records
        bytes = records.reduce(0) { $0 + $1.data.count }
        cost = bytes + Self.overhead + records.reduce(0) { $0 + Self.overhead + ($1.source == nil ? 0 : Self.sourceOverhead) }
    }
}

/// Records that are in the record log, on their way to the disk.
struct AcceptedRecords: ~Copyable, Sendable {
    let entry: PendingEntry
    /// Whether these records made it enough for an object.
    let becameFull: Bool
}

/// Why records were not taken.
enum PutFault: Error {
    /// The stream is being deleted, or gone.
    case gone
    /// There are too many that are not delivered.
    case full
    case log(LogError)
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
        var cost = 0
        var nextSerial: UInt64
        var progress: DeliveryProgress
        /// Nothing is taken any more: its records and its place are another's, or nobody's.
        var isForgotten = false
        /// Requests that an endpoint has not accepted yet.
        var open: OpenDelivery?
        /// Deliveries that failed since one succeeded, and when the next is tried.
        var failures = 0
        var retryAt: DispatchTime?

        /// Whether there is enough for an object. Small records count earlier, for no more are taken once memory is full.
        var isFull: Bool { bytes >= settings.size || cost >= costLimit / 4 * 3 }
        var costLimit: Int { max(2 * settings.size, 64 << 20) }
    }

    let key: DeliveryKey
    let identity: UInt64
    /// Where it is looked at while a function transforms its records: one that is slow must not keep the other streams.
    let queue = DispatchQueue(label: "firehose.transformed", qos: .utility)
    private let isClaimed = Atomic(false)
    /// The shards of the source as they are read; used by whoever has claimed the stream.
    let reading = Mutex<[String: ShardReading]>([:])
    /// The shard that is read first in the next turn.
    let firstShard = Mutex(0)
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
    /// Whether a source has to wait until something is delivered.
    var isFull: Bool { state.withLock { $0.isFull } || memory.isFull }
    var isEmpty: Bool { state.withLock { $0.batches.isEmpty } }

    /// Its records are read and delivered by one at a time, who has claimed it and releases it.
    func claim() -> Bool { isClaimed.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged }
    func release() { isClaimed.store(false, ordering: .releasing) }

    func replace(_ stream: DeliveryStream) {
        let settings = DeliverySettings(stream.destination)
        state.withLock { state in
            // Another endpoint has all its time.
            if state.settings.endpoint?.url != settings.endpoint?.url { state.open?.beginAnew() }
            (state.stream, state.settings) = (stream, settings)
        }
    }

    /// Appends records to the record log and to what is to be delivered, in one order.
    func put(_ records: [[UInt8]], at now: Timestamp, _ log: RecordLog) throws(PutFault) -> AcceptedRecords {
        try state.withLock { state throws(PutFault) in
            guard !state.isForgotten, !state.stream.isDeleting else { throw .gone }
            guard !memory.isFull, state.cost < state.costLimit else { throw .full }
            let (wasFull, wasEmpty) = (state.isFull, state.batches.isEmpty)
            let frame = DeliveryFrame(identity: identity, serial: state.nextSerial, arrival: now, records: records.map { $0[...] })
            let entry: PendingEntry
            do throws(LogError) {
                entry = try log.append(kind: DeliveryFrame.kind, payload: frame.encoded())
            } catch {
                throw .log(error)
            }
            state.nextSerial += 1
            let held = records.map { DeliveryRecord(data: $0[...], arrival: now) }
            add(DeliveryBatch(.entry(serial: frame.serial, segment: entry.segment), arrival: now, held), to: &state)
            let becameFull = state.isFull && !wasFull || state.settings.interval == 0 && wasEmpty
            return AcceptedRecords(entry: entry, becameFull: becameFull)
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

    /// The entries that are not delivered, oldest first.
    var openFrames: [DeliveryFrame] {
        state.withLock { state in
            state.batches.compactMap { batch -> DeliveryFrame? in
                guard case .entry(let serial, _) = batch.origin else { return nil }
                return DeliveryFrame(identity: identity, serial: serial, arrival: batch.arrival, records: batch.records.map(\.data))
            }
        }
    }

    func add(_ batch: DeliveryBatch) { state.withLock { add(batch, to: &$0) } }

    private func add(_ batch: DeliveryBatch, to state: inout State) {
        guard !state.isForgotten else { return }
        state.batches.append(batch)
        state.bytes += batch.bytes
        state.cost += batch.cost
        memory.change(by: batch.cost)
    }

    /// What the next object is to hold, oldest first; nil while nothing is due.
    func due(at now: Timestamp, isForced: Bool) -> (batches: [DeliveryBatch], settings: DeliverySettings)? {
        state.withLock { state in
            // A request is tried again with the records that it had.
            if let open = state.open { return (Array(state.batches.prefix(open.batches)), state.settings) }
            guard let oldest = state.batches.lazy.filter({ !$0.records.isEmpty }).map(\.arrival).min() else {
                // Ends of shards need no object, only to be noted.
                return state.batches.isEmpty ? nil : (state.batches, state.settings)
            }
            let isDue = isForced || state.isFull || memory.isFull || oldest.advanced(bySeconds: Double(state.settings.interval)) <= now
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
            // Positions of a source that was deleted say nothing of the one that has its name now.
            case .shard(let shard, let last, let source): if source == progress.sourceCreated { progress.shards[shard] = last }
            case .shardEnd(let shard, let source): if source == progress.sourceCreated { progress.shards[shard] = DeliveryProgress.end }
            }
        }
        return progress
    }

    /// The first `count` batches are delivered.
    func finish(_ count: Int, _ progress: DeliveryProgress) {
        state.withLock { state in
            drop(count, of: &state)
            state.progress = progress
            state.open = nil
            (state.failures, state.retryAt) = (0, nil)
        }
    }

    /// What an endpoint has not accepted yet.
    var open: OpenDelivery? { state.withLock { $0.open } }

    func keep(_ open: OpenDelivery) {
        state.withLock { state in
            guard !state.isForgotten else { return }
            state.open = open
        }
    }

    private func drop(_ count: Int, of state: inout State) {
        let gone = state.batches.prefix(count)
        let cost = gone.reduce(0) { $0 + $1.cost }
        state.bytes -= gone.reduce(0) { $0 + $1.bytes }
        state.cost -= cost
        memory.change(by: -cost)
        state.batches.removeFirst(gone.count)
    }

    // MARK: Deliveries that failed

    /// Whether the last delivery failed and it is too early for the next.
    func isWaiting(at now: DispatchTime) -> Bool { state.withLock { $0.retryAt.map { now < $0 } ?? false } }

    /// A delivery failed: the next is tried in 1, 2, 4 and at last every 60 seconds of the machine.
    func failed(at now: DispatchTime) {
        state.withLock { state in
            state.retryAt = now + min(60, Double(1 << min(state.failures, 6)))
            state.failures += 1
        }
    }

    /// The next delivery is tried whenever it is due.
    func retryAtOnce() { state.withLock { ($0.failures, $0.retryAt) = (0, nil) } }

    /// The stream is gone, and with it what was not delivered. Nothing is taken any more.
    func forget() {
        state.withLock { state in
            drop(.max, of: &state)
            state.open = nil
            state.isForgotten = true
        }
    }

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

    var held: Int { bytes.load(ordering: .relaxed) }
    var isFull: Bool { held > Self.limit }
    func change(by count: Int) { bytes.wrappingAdd(count, ordering: .relaxed) }
}
