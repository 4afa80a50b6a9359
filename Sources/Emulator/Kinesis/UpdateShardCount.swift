package import Shapes
import Streams
package import Wire

extension KinesisService {
    /// Which error AWS answers beyond its factor of two is not known; `InvalidArgumentException` is this server's choice.
    package func updateShardCount(_ input: Kinesis.UpdateShardCountInput, _ call: Call) throws(ServiceError) -> Kinesis.UpdateShardCountOutput {
        try change { () throws(ServiceError) in
            let (stream, facts) = try settledStream(input.streamName, input.streamARN, call)
            guard stream.engine.mode == .provisioned else { throw .onDemand(stream.key) }
            let open = stream.engine.openShardCount
            let target = input.targetShardCount
            guard target <= open * 2, target * 2 >= open else {
                throw .Kinesis.invalidArgument(
                    """
                    UpdateShardCount cannot bring stream \(stream.key.name) under account \(stream.key.account) from \(open) to \(target) open shards: \
                    the target must be from \((open + 1) / 2) to \(open * 2).
                    """
                )
            }
            if target > open { try checkQuota(adding: target - open, call) }
            if target != open {
                try checkDaily(.shardCount, of: stream, call)
                try reshape(stream, facts, call) { $0.scale(to: target, now: call.now.milliseconds) }
                noteDaily(.shardCount, of: stream, call)
            }
            return Kinesis.UpdateShardCountOutput(
                streamName: stream.key.name,
                currentShardCount: open,
                targetShardCount: target,
                streamARN: stream.key.arn
            )
        }
    }
}
