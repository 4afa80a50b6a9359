import ServiceKit
package import Shapes
import Streams
package import Wire

extension KinesisService {
    package func mergeShards(_ input: Kinesis.MergeShardsInput, _ call: Call) throws(ServiceError) {
        let key = try key(input.streamName, input.streamARN, call)
        let lower = try shardIndex(input.shardToMerge, in: key)
        let upper = try shardIndex(input.adjacentShardToMerge, in: key)
        try change { () throws(ServiceError) in
            let (stream, facts) = try settledStream(input.streamName, input.streamARN, call)
            let listed = Set(stream.shards(at: call.now).map(\.index))
            for index in [lower, upper] where !listed.contains(index) { throw .shardNotFound(ShardID.text(index), in: key) }
            guard stream.engine.mode == .provisioned else { throw .onDemand(key) }
            try reshape(stream, facts, call) { engine throws(ServiceError) in
                do throws(ReshardRefusal) {
                    try engine.merge(lower, with: upper, now: call.now.milliseconds)
                } catch {
                    throw .reshardRefused(error, in: key, shards: [lower, upper])
                }
            }
        }
    }
}
