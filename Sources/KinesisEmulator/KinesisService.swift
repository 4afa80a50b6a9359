import Dispatch
package import Logging
import SQLite
package import ServiceKit
import Shapes
package import Streams
import Synchronization
package import Wire

/// Amazon Kinesis Data Streams.
///
/// SQLite is the truth for streams and shards, the record log for records; both are mirrored in memory, and the data plane touches nothing else.
package final class KinesisService: KinesisOperations {
    /// Marks an entry of the record log as stream records.
    package static let logKind: UInt8 = StreamRecordFrame.kind
    /// How the record log sums them up for the next start.
    package static let logSummary = StreamRecordSummary.kind

    let store: Store
    let recordLog: RecordLog
    let configuration: ServerConfiguration
    let time: any TimeSource
    /// By which open connections are kept alive.
    let machine: any TimeSource
    let log: Logger
    let registry = Mutex(StreamRegistry())
    /// What the records of all streams take.
    package let memory: RecordMemory
    /// Makes iterators ours; 32 bytes that outlive the process.
    let iteratorKey = Mutex<[UInt8]>([])
    /// The epoch second of the newest consumer of each stream, by the stream's id.
    let lastConsumer = Mutex<[Int64: Int64]>([:])
    let subscriptions = Mutex(SubscriptionTable())
    /// Those that somebody has used since the start.
    let queues = Mutex<[QueueARN: HostedQueue]>([:])
    /// Where channels put their objects; nil where there are no buckets.
    let buckets: (any BucketSink)?
    let channels = Mutex(ChannelPace())
    let channelQueue = DispatchQueue(label: "kinesis.channels", qos: .utility)
    /// Segments of the record log that others still need.
    let segmentsOfOthers: @Sendable () -> Set<UInt64>

    /// Holds one change of the control plane apart from the next, from its checks to its last word in memory.
    private let changes = Mutex(())
    /// When expired records are looked for again, epoch milliseconds.
    let nextSweep: Atomic<Int64>
    let controlRates = ControlRates()
    let dailyChanges = DailyChanges()
    /// Decides which single records fail (`streamErrorProbability`).
    let random: SeededRandom
    /// Records that were lost for want of memory and not logged yet, and when that may be logged again.
    let losses = Mutex<(records: UInt64, nextNotice: Timestamp?)>((0, nil))
    /// True from the time that the memory budget is to be enforced until it is.
    let isEnforcing = Atomic(false)
    /// By which records of encrypted streams are opened.
    let streamKeys = StreamKeys()
    /// Read, or made, when it is needed first.
    let masterKey = Mutex<MasterKey?>(nil)
    /// Looks at the load of streams that were ordered since the start.
    let looksOrdered = Atomic(0)
    let sweeper = DispatchQueue(label: "kinesis.sweep", qos: .utility)

    /// - Parameter machine: the clock that clients wait by, whatever the server's says.
    package init(
        store: Store,
        recordLog: RecordLog,
        configuration: ServerConfiguration,
        time: any TimeSource,
        machine: any TimeSource,
        buckets: (any BucketSink)? = nil,
        log: Logger,
        segmentsOfOthers: @escaping @Sendable () -> Set<UInt64> = { [] }
    ) {
        self.store = store
        self.recordLog = recordLog
        self.configuration = configuration
        self.time = time
        self.machine = machine
        self.buckets = buckets
        self.log = log
        self.segmentsOfOthers = segmentsOfOthers
        random = SeededRandom(seed: configuration.seed)
        memory = RecordMemory(budget: configuration.streamMemory, forgets: configuration.dataDirectory == nil)
        nextSweep = Atomic(time.now.milliseconds + Self.sweepInterval)
        recordLog.opener = streamKeys
    }

    var throughputLimits: ThroughputLimits? {
        configuration.enforcesStreamLimits ? ThroughputLimits() : nil
    }

    func change<Value, Failure: Error>(_ body: () throws(Failure) -> Value) throws(Failure) -> Value {
        try changes.withLock { _ throws(Failure) in try body() }
    }

    /// Nil when no rates are enforced.
    package var rates: (@Sendable (String, Document, Call) throws(ServiceError) -> Void)? {
        guard configuration.enforcesStreamLimits else { return nil }
        return { [controlRates] (operation, input, call) throws(ServiceError) in try controlRates.check(operation, input, call) }
    }

    /// The operations that have a fast path.
    package var directOperations: [String: DirectOperation] {
        ["PutRecord": directPutRecord, "PutRecords": directPutRecords, "GetRecords": directGetRecords]
    }

    // MARK: Start and reset

    /// Reads the streams that the store has; their records follow by `restore` of each segment.
    package func restore() throws(ServiceError) {
        try store.write { transaction in
            let table = StreamTable(transaction)
            try table.purge(at: time.now)
            // Who does not watch the load for a while does not know the peak of the last 30 days.
            if !configuration.scalesOnDemand { try SettingTable(transaction.database).removeAll(below: OnDemandPeak.settings) }
            let (streams, key) = (try table.all(), try table.iteratorKey())
            let keys = try restoredKeys(of: streams, transaction.database)
            transaction.afterCommit { [self] committed in
                iteratorKey.withLock { $0 = key }
                for (name, key) in keys { streamKeys.add(key, name) }
                for stored in streams {
                    let engine = Streams.Stream(stored.snapshot, limits: throughputLimits, log: recordLog, memory: memory)
                    if stored.facts.keyID != nil { engine.sealer = streamKeys.newestSealer(of: engine.id) }
                    host(HostedStream(id: stored.id, key: stored.key, engine: engine, facts: stored.facts), committed)
                }
            }
        }
        endWhatCannotEnd()
    }

    /// Puts a stream where requests find it.
    func host(_ stream: HostedStream, _ committed: borrowing Committed) {
        registry.withLock { $0.insert(stream, committed) }
    }

    /// Takes the records of a log segment in again. Streams that were deleted are passed over: their ids are never used for others.
    package func restore(_ summary: SegmentSummary) {
        guard let records = summary.parts[Self.logKind] else { return }
        StreamRecordSummary.forEachBlock(records) { block in
            guard let id = Int64(exactly: block.stream) else { return }
            if let stream = registry.withLock({ $0.byID[id] }) {
                stream.engine.restore(block, of: summary.segment)
            } else if store.skipIDs(upTo: id, of: .stream) {
                log.warning(
                    "the record log has records of a stream that the database does not know: it is older than they are",
                    metadata: ["id": "\(id)"]
                )
            }
        }
    }

    /// Forgets every stream of every account.
    /// - Parameter others: what is to be forgotten in the same transaction.
    package func reset(with others: (Transaction) throws -> Void = { _ in }) throws(ServiceError) {
        try change { () throws(ServiceError) in
            try store.write { transaction in
                let channelTable = ChannelTable(transaction.database)
                for kept in try channelTable.everything() { if let channel = kept.channel { try channelTable.remove(channel) } }
                try others(transaction)
                let table = StreamTable(transaction)
                try QueueTable(transaction.database).removeAll()
                try table.removeAll()
                let key = try table.iteratorKey()
                transaction.afterCommit { [self] committed in
                    iteratorKey.withLock { $0 = key }
                    let streams = registry.withLock { registry in
                        defer { registry.removeAll(committed) }
                        return Array(registry.byID.values)
                    }
                    for stream in streams { stream.engine.wakeAll() }
                    streamKeys.removeAll()
                    let gone = queues.withLock { queues in
                        defer { queues = [:] }
                        return Array(queues.values)
                    }
                    for queue in gone { queue.end() }
                    channels.withLock { $0.channels = [:] }
                }
            }
        }
        sweep(at: time.now)
    }
}
