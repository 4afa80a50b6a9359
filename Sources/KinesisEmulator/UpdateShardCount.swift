import ServiceKit
package import Shapes
import Streams
package import Wire

extension KinesisService {
    package func updateShardCount(_ input: Kinesis.UpdateShardCountInput, _ call: Call) throws(ServiceError) -> Kinesis.UpdateShardCountOutput {
        try change { () throws(ServiceError) in
            let (stream, facts) = try settledStream(input.streamName, input.streamARN, call)
            guard stream.engine.mode == .provisioned else { throw .onDemand(stream.key) }
            let open = stream.engine.openShardCount
            let target = input.targetShardCount
            if target > open * 2 { throw Self.outOfReach("up over double", open, target) }
            if target * 2 < open { throw Self.outOfReach("down below half", open, target) }
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

    /// AWS's text; which of its errors has it is not known for certain.
    private static func outOfReach(_ direction: String, _ open: Int, _ target: Int) -> ServiceError {
        .Kinesis.limitExceeded(
            """
            UpdateShardCount cannot scale \(direction) your current open shard count. \
            Current open shard count: \(open) Target shard count: \(target)
            """
        )
    }
}
