import ServiceKit
package import Shapes
import Streams
package import Wire

extension KinesisService {
    package func splitShard(_ input: Kinesis.SplitShardInput, _ call: Call) throws(ServiceError) {
        let key = try key(input.streamName, input.streamARN, call)
        let index = try shardIndex(input.shardToSplit, in: key)
        try change { () throws(ServiceError) in
            let (stream, facts) = try settledStream(input.streamName, input.streamARN, call)
            guard stream.shards(.after(index - 1), at: call.now).first?.index == index else { throw .shardNotFound(ShardID.text(index), in: key) }
            guard stream.engine.mode == .provisioned else { throw .onDemand(key) }
            try checkQuota(adding: 1, call)
            // A key beyond the key space is beyond every shard's range.
            let hashKey = HashKey.parse(input.newStartingHashKey) ?? .max
            try reshape(stream, facts, call) { engine throws(ServiceError) in
                do throws(ReshardRefusal) {
                    try engine.split(index, at: hashKey, now: call.now.milliseconds)
                } catch {
                    throw .reshardRefused(error, in: key, key: input.newStartingHashKey, shards: [index])
                }
            }
        }
    }
}
