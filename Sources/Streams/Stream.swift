import Synchronization

/// How a stream's capacity is bought.
package enum StreamMode: String, Hashable, Sendable {
    case provisioned = "PROVISIONED"
    case onDemand = "ON_DEMAND"
}

/// One data stream: its shards, their records, and the ways in and out.
///
/// It knows no names of errors, no wire and no clock: the caller hashes keys, says what time it is, and words the refusals.
/// All of it may be called from many threads at once.
package final class Stream: Sendable {
    /// The caller's number for the stream, never used for another: the log knows the stream by it.
    package let id: UInt64
    package let name: String
    /// Epoch seconds.
    package let created: Int64
    package let limits: ThroughputLimits?
    let log: RecordLog
    let memory: RecordMemory
    let layout: Mutex<StreamLayout>
    private let modeBox: Mutex<StreamMode>
    /// Whether there is a sealer: all that is asked for each put of a stream that is not encrypted.
    private let seals = Atomic(false)
    private let sealerBox = Mutex<(any RecordSealer)?>(nil)

    /// A new, empty stream.
    ///
    /// - Parameters:
    ///   - created: epoch seconds; the shards carry them in their sequence numbers.
    ///   - limits: nil for a stream that is never throttled.
    ///   - log: where its records are kept; `RecordLog.inMemory()` for nowhere.
    ///   - memory: what counts its records, and those of other streams.
    package convenience init(
        id: UInt64,
        name: String,
        created: Int64,
        shardCount: Int,
        mode: StreamMode = .provisioned,
        retentionHours: Int = 24,
        limits: ThroughputLimits? = nil,
        log: RecordLog,
        memory: RecordMemory = RecordMemory()
    ) {
        let shards = HashRange.even(shardCount).enumerated().map { index, range in
            Shard(index: Int32(index), range: range, created: created, limits: limits, memory: memory)
        }
        let layout = StreamLayout(
            shards: shards,
            leaves: shards,
            nextIndex: Int32(shardCount),
            retentionHours: retentionHours,
            hiddenBefore: .min
        )
        self.init(id: id, name: name, created: created, mode: mode, limits: limits, log: log, memory: memory, layout: layout)
    }

    init(
        id: UInt64,
        name: String,
        created: Int64,
        mode: StreamMode,
        limits: ThroughputLimits?,
        log: RecordLog,
        memory: RecordMemory,
        layout: StreamLayout
    ) {
        self.id = id
        self.name = name
        self.created = created
        self.limits = limits
        self.log = log
        self.memory = memory
        self.layout = Mutex(layout)
        modeBox = Mutex(mode)
    }

    package var mode: StreamMode {
        get { modeBox.withLock { $0 } }
        set { modeBox.withLock { $0 = newValue } }
    }

    /// Seals what is put from now on; nil keeps it as it is. What was put before stays as it was.
    package var sealer: (any RecordSealer)? {
        get { seals.load(ordering: .acquiring) ? sealerBox.withLock { $0 } : nil }
        set {
            sealerBox.withLock { $0 = newValue }
            seals.store(newValue != nil, ordering: .releasing)
        }
    }

    /// Wakes everybody who waits for records; for a stream that is being deleted.
    package func wakeAll() {
        for shard in currentLayout.shards { shard.wake() }
    }

    /// The layout as it is now; copying it copies references only.
    var currentLayout: StreamLayout {
        layout.withLock { $0 }
    }
}
