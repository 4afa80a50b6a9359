import ServiceKit
import Shapes
import Streams
import Wire

extension KinesisService {
    /// Stores new facts of a stream and shows them.
    func store(_ facts: StreamFacts, of stream: HostedStream, _ call: Call) throws(ServiceError) {
        try store.write { transaction in
            let table = StreamTable(transaction)
            try table.purge(at: call.now)
            try table.update(stream.id, facts)
            transaction.afterCommit { stream.set(facts, $0) }
        }
    }

    /// Changes the shape of a stream: first that of a copy without records, then what is stored, then the stream itself. So no record
    /// goes to a shard that the store does not know. To be called inside `change`.
    ///
    /// The stream is `UPDATING` until the shards that were closed take no more records, whatever the delay: once it is `ACTIVE`, its parents
    /// have all the records that they will ever have. While the clock stands still they are closed at once.
    ///
    /// - Parameters:
    ///   - others: what is stored in the same transaction.
    ///   - reshape: does the same to whatever stream it is given; what it throws leaves no trace.
    func reshape(
        _ stream: HostedStream,
        _ facts: StreamFacts,
        _ call: Call,
        with others: (Transaction) throws -> Void = { _ in },
        by reshape: (Streams.Stream) throws(ServiceError) -> Void
    ) throws(ServiceError) {
        let before = stream.engine.snapshot
        let draft = Streams.Stream(before, log: .inMemory())
        try reshape(draft)
        let snapshot = draft.snapshot
        if draft.openShardCount > stream.engine.openShardCount {
            try checkSize(snapshot.shards.count, adding: draft.openShardCount - stream.engine.openShardCount, call)
        }
        var facts = facts
        let standsStill = time.rate == 0
        facts.enter(.updating, at: call.now, for: configuration.streamDelay, until: standsStill ? nil : snapshot.end(ofClosedSince: before))
        try store.write { [facts] transaction in
            let table = StreamTable(transaction)
            try table.purge(at: call.now)
            try table.update(stream.id, facts)
            try table.update(stream.id, snapshot)
            try others(transaction)
            transaction.afterCommit { stream.set(facts, $0) }
        }
        try reshape(stream.engine)
        if standsStill { stream.engine.endClosedShards() }
    }
}

extension StreamSnapshot {
    /// When the last of the shards that were open in an earlier snapshot, or not there, and are closed in this one, takes no more records.
    fileprivate func end(ofClosedSince before: StreamSnapshot) -> Timestamp? {
        let closed = Set(before.shards.filter { $0.closed != nil }.map(\.index))
        let last = shards.filter { !closed.contains($0.index) }.compactMap(\.closed).max()
        return last.map { Timestamp(milliseconds: ($0 + 1) * 1000) }
    }
}

extension ServiceError {
    static func reshardRefused(_ refusal: ReshardRefusal, in key: StreamKey, key startingKey: String = "", shards: [Int32]) -> ServiceError {
        let location = "in stream \(key.name) under account \(key.account)"
        switch refusal {
        case .noSuchShard(let index): return .shardNotFound(ShardID.text(index), in: key)
        case .alreadyClosed(let index):
            return .Kinesis.invalidArgument(
                """
                Shard \(ShardID.text(index)) \(location) has already been merged or split, and thus is not eligible for merging or splitting.
                """
            )
        case .keyOutOfRange(let range):
            return .Kinesis.invalidArgument(
                """
                NewStartingHashKey \(startingKey) used in SplitShard() on shard \(ShardID.text(shards[0])) \(location) is not both greater than \
                one plus the shard's StartingHashKey \(range.start) and less than the shard's EndingHashKey \(range.end).
                """
            )
        case .notAdjacent:
            return .Kinesis.invalidArgument(
                """
                Shards \(ShardID.text(shards[0])) and \(ShardID.text(shards[1])) \(location) are not an adjacent pair of shards eligible for merging
                """
            )
        }
    }

    static func onDemand(_ key: StreamKey) -> ServiceError {
        .Kinesis.validation("Request is invalid. Stream \(key.name) under account \(key.account) is in On-Demand mode.")
    }
}
