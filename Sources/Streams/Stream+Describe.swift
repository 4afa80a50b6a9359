/// One shard as it is shown to clients.
package struct ShardDescription: Hashable, Sendable {
    package var index: Int32
    package var range: HashRange
    package var parent: Int32?
    package var adjacentParent: Int32?
    /// Epoch seconds; in a new child this is the second after its parent's last.
    package var created: Int64
    /// The last second in which records are taken; nil while open.
    package var closed: Int64?

    package var id: String { ShardID.text(index) }

    package var startingNumber: SequenceNumber {
        SequenceNumber(shardCreated: created, shardIndex: index, counter: 0, second: created)
    }

    /// Nil while open.
    package var endingNumber: SequenceNumber? {
        closed.map { SequenceNumber(shardCreated: created, shardIndex: index, counter: SequenceNumber.lastCounter, second: $0) }
    }
}

/// Which shards a listing wants.
package enum ShardFilter: Hashable, Sendable {
    /// All whose records have not expired.
    case fromTrimHorizon
    /// Those that were open at the horizon.
    case atTrimHorizon
    case atLatest
    /// Those that were open at this time; epoch milliseconds.
    case atTimestamp(Int64)
    /// Those that were open at this time or later.
    case fromTimestamp(Int64)
    /// Those with a higher index.
    case after(Int32)
}

extension Stream {
    /// The shards that the filter lets through, by index. Times before the horizon, or before the stream, count as it.
    ///
    /// - Parameter now: epoch milliseconds.
    package func shards(_ filter: ShardFilter = .fromTrimHorizon, at now: Int64) -> [ShardDescription] {
        let layout = currentLayout
        let horizon = max(layout.horizon(at: now), created * 1000)
        return layout.shards.compactMap { shard in
            let closed = shard.closeSecond
            let end = closed.map { $0 * 1000 + 999 } ?? .max
            guard end >= layout.horizon(at: now) else { return nil }
            let isWanted =
                switch filter {
                case .fromTrimHorizon: true
                case .atLatest: closed == nil
                case .atTrimHorizon: shard.created * 1000 <= horizon && end >= horizon
                case .atTimestamp(let time): shard.created * 1000 <= max(time, horizon) && end >= max(time, horizon)
                case .fromTimestamp(let time): end >= max(time, horizon)
                case .after(let index): shard.index > index
                }
            guard isWanted else { return nil }
            return ShardDescription(
                index: shard.index,
                range: shard.range,
                parent: shard.parent,
                adjacentParent: shard.adjacentParent,
                created: shard.created,
                closed: closed
            )
        }
    }

    /// Shards that are not closed.
    package var openShardCount: Int {
        currentLayout.leaves.count
    }

    /// The newest second that a record's number can carry besides the current one: a shard stamps nothing before its own birth, and a clock that
    /// stands still does not reach the birth of new ones.
    package var newestBirth: Int64 {
        currentLayout.leaves.reduce(created) { max($0, $1.created) }
    }

    package var retentionHours: Int {
        currentLayout.retentionHours
    }
}
