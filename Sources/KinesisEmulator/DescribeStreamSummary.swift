import ServiceKit
package import Shapes
import Streams
package import Wire

extension KinesisService {
    package func describeStreamSummary(
        _ input: Kinesis.DescribeStreamSummaryInput,
        _ call: Call
    ) throws(ServiceError) -> Kinesis.DescribeStreamSummaryOutput {
        let stream = try stream(input.streamName, input.streamARN, call)
        let facts = stream.facts(at: call.now)
        let (consumers, queues, channels) = try store.read {
            (
                try ConsumerTable($0).all(of: stream, at: call.now), try QueueTable($0).all(of: stream, at: call.now),
                try ChannelTable($0).all(of: stream, at: call.now)
            )
        }
        return Kinesis.DescribeStreamSummaryOutput(
            streamDescriptionSummary: Kinesis.StreamDescriptionSummary(
                streamName: stream.key.name,
                streamARN: stream.key.arn,
                streamStatus: facts.status.rawValue,
                streamModeDetails: Kinesis.StreamModeDetails(streamMode: stream.engine.mode.rawValue),
                retentionPeriodHours: stream.engine.retentionHours,
                streamCreationTimestamp: stream.creationTime,
                enhancedMonitoring: [Kinesis.EnhancedMetrics(shardLevelMetrics: EnhancedMonitoring.ordered(facts.metrics))],
                encryptionType: facts.keyID == nil ? "NONE" : "KMS",
                keyId: facts.keyID,
                openShardCount: facts.status == .creating ? 0 : stream.engine.openShardCount,
                consumerCount: consumers.count,
                warmThroughput: facts.warm?.output,
                maxRecordSizeInKiB: facts.maxRecordKiB,
                channelCount: channels.count,
                recordDistributionStrategy: facts.spreadsRecords ? "AUTO" : "USER_PARTITION_KEY",
                queueCount: queues.count
            )
        )
    }
}
