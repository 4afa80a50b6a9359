package import Shapes
package import Wire

extension KinesisService {
    package func describeLimits(_ input: Kinesis.DescribeLimitsInput, _ call: Call) throws(ServiceError) -> Kinesis.DescribeLimitsOutput {
        Kinesis.DescribeLimitsOutput(
            // Without an option there is no limit here; AWS's largest default stands for it.
            shardLimit: configuration.shardLimit ?? 20_000,
            openShardCount: openShards(call),
            onDemandStreamCount: onDemandStreams(call),
            onDemandStreamCountLimit: Self.maximumOnDemandStreams
        )
    }
}
