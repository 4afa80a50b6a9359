import ServiceKit
package import Shapes
package import Wire

extension KinesisService {
    package func describeLimits(_ input: Kinesis.DescribeLimitsInput, _ call: Call) throws(ServiceError) -> Kinesis.DescribeLimitsOutput {
        Kinesis.DescribeLimitsOutput(
            // Where there is no limit AWS's default stands for it.
            shardLimit: configuration.shardLimit ?? Self.defaultShardLimit,
            openShardCount: openShards(call),
            onDemandStreamCount: onDemandStreams(call),
            onDemandStreamCountLimit: Self.maximumOnDemandStreams
        )
    }
}
