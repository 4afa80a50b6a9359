import ServiceKit
package import Shapes
import Streams
package import Wire

extension KinesisService {
    /// More than this AWS puts into no answer, whatever the caller's limit.
    private static let maximumDescribedShards = 100

    package func describeStream(_ input: Kinesis.DescribeStreamInput, _ call: Call) throws(ServiceError) -> Kinesis.DescribeStreamOutput {
        var start: Int32 = -1
        if let id = input.exclusiveStartShardId {
            start = try shardIndex(id, in: key(input.streamName, input.streamARN, call))
        }
        let stream = try stream(input.streamName, input.streamARN, call)
        let facts = stream.facts(at: call.now)
        let shards = stream.shards(.after(start), at: call.now)
        let shown = shards.prefix(min(input.limit ?? Self.maximumDescribedShards, Self.maximumDescribedShards))
        return Kinesis.DescribeStreamOutput(
            streamDescription: Kinesis.StreamDescription(
                streamName: stream.key.name,
                streamARN: stream.key.arn,
                streamStatus: facts.status.rawValue,
                streamModeDetails: Kinesis.StreamModeDetails(streamMode: stream.engine.mode.rawValue),
                shards: shown.map { Kinesis.Shard($0) },
                hasMoreShards: shards.count > shown.count,
                retentionPeriodHours: stream.engine.retentionHours,
                streamCreationTimestamp: stream.creationTime,
                enhancedMonitoring: [Kinesis.EnhancedMetrics(shardLevelMetrics: EnhancedMonitoring.ordered(facts.metrics))],
                encryptionType: facts.keyID == nil ? "NONE" : "KMS",
                keyId: facts.keyID
            )
        )
    }
}

extension HostedStream {
    /// Whole seconds, as AWS has it.
    var creationTime: Timestamp { Timestamp(milliseconds: engine.created * 1000) }
}
