import Synchronization

/// All of a stream but its records: what has to be stored when its shape changes, and before log segments are dropped.
package struct StreamSnapshot: Hashable, Sendable {
    package struct Shard: Hashable, Sendable {
        package var index: Int32
        package var range: HashRange
        /// Epoch seconds.
        package var created: Int64
        /// The last second in which records are taken; nil while open.
        package var closed: Int64?
        package var parent: Int32?
        package var adjacentParent: Int32?
        /// Counters below it were given out.
        package var nextCounter: UInt64

        package init(
            index: Int32,
            range: HashRange,
            created: Int64,
            closed: Int64?,
            parent: Int32?,
            adjacentParent: Int32?,
            nextCounter: UInt64
        ) {
            self.index = index
            self.range = range
            self.created = created
            self.closed = closed
            self.parent = parent
            self.adjacentParent = adjacentParent
            self.nextCounter = nextCounter
        }
    }

    package var id: UInt64
    package var name: String
    /// Epoch seconds.
    package var created: Int64
    package var mode: StreamMode
    package var retentionHours: Int
    /// Records that arrived before this stay hidden; epoch milliseconds.
    package var hiddenBefore: Int64
    package var nextShardIndex: Int32
    /// By index.
    package var shards: [Shard]

    package init(
        id: UInt64,
        name: String,
        created: Int64,
        mode: StreamMode,
        retentionHours: Int,
        hiddenBefore: Int64,
        nextShardIndex: Int32,
        shards: [Shard]
    ) {
        self.id = id
        self.name = name
        self.created = created
        self.mode = mode
        self.retentionHours = retentionHours
        self.hiddenBefore = hiddenBefore
        self.nextShardIndex = nextShardIndex
        self.shards = shards
    }
}

extension Stream {
    package var snapshot: StreamSnapshot {
        let layout = currentLayout
        let shards = layout.shards.map { shard in
            let (closed, next) = shard.state.withLock { ($0.closeSecond, max($0.nextCounter, $0.counterFloor)) }
            return StreamSnapshot.Shard(
                index: shard.index,
                range: shard.range,
                created: shard.created,
                closed: closed,
                parent: shard.parent,
                adjacentParent: shard.adjacentParent,
                nextCounter: next
            )
        }
        return StreamSnapshot(
            id: id,
            name: name,
            created: created,
            mode: mode,
            retentionHours: layout.retentionHours,
            hiddenBefore: layout.hiddenBefore,
            nextShardIndex: layout.nextIndex,
            shards: shards
        )
    }

    /// The stream of a snapshot, without its records; `restore` brings those back.
    package convenience init(
        _ snapshot: StreamSnapshot,
        limits: ThroughputLimits? = nil,
        log: RecordLog,
        memory: RecordMemory = RecordMemory()
    ) {
        let shards = snapshot.shards.map { shard in
            Shard(
                index: shard.index,
                range: shard.range,
                created: shard.created,
                parent: shard.parent,
                adjacentParent: shard.adjacentParent,
                limits: limits,
                memory: memory,
                closeSecond: shard.closed,
                counterFloor: shard.nextCounter
            )
        }
        let layout = StreamLayout(
            shards: shards,
            leaves: shards.filter { $0.closeSecond == nil }.sorted { $0.range.start < $1.range.start },
            nextIndex: snapshot.nextShardIndex,
            retentionHours: snapshot.retentionHours,
            hiddenBefore: snapshot.hiddenBefore
        )
        self.init(
            id: snapshot.id,
            name: snapshot.name,
            created: snapshot.created,
            mode: snapshot.mode,
            limits: limits,
            log: log,
            memory: memory,
            layout: layout
        )
    }

    /// Puts back records that the log has, in the order of the log. Those that are there already are passed over, so nothing is doubled.
    ///
    /// - Returns: false when the block belongs to another stream, or to a shard that has expired.
    @discardableResult
    package func restore(_ block: StreamRecordSummary.Block, of segment: UInt64) -> Bool {
        guard block.stream == id, let shard = currentLayout.shard(block.shardIndex), shard.created == block.shardCreated else { return false }
        shard.restore(block, of: segment)
        return true
    }
}
