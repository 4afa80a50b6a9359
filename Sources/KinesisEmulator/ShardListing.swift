import ServiceKit
import Shapes
import Streams
import Wire

/// Shards as they stand in answers.
extension Kinesis.Shard {
    init(_ shard: ShardDescription) {
        self.init(
            shardId: shard.id,
            parentShardId: shard.parent.map { ShardID.text($0) },
            adjacentParentShardId: shard.adjacentParent.map { ShardID.text($0) },
            hashKeyRange: Kinesis.HashKeyRange(shard.range),
            sequenceNumberRange: Kinesis.SequenceNumberRange(
                startingSequenceNumber: shard.startingNumber.description,
                endingSequenceNumber: shard.endingNumber?.description
            )
        )
    }
}

extension Kinesis.HashKeyRange {
    init(_ range: HashRange) {
        self.init(startingHashKey: String(range.start), endingHashKey: String(range.end))
    }
}

extension HostedStream {
    /// A stream that is being made shows no shards yet.
    func shards(_ filter: Streams.ShardFilter = .fromTrimHorizon, at now: Timestamp) -> [ShardDescription] {
        facts(at: now).status == .creating ? [] : engine.shards(filter, at: now.milliseconds)
    }
}
