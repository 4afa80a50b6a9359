import ServiceKit
package import Shapes
package import Wire

extension KinesisService {
    package func describeLimits(_ input: Kinesis.DescribeLimitsInput, _ call: Call) throws(ServiceError) -> Kinesis.DescribeLimitsOutput {
        let channels = try store.read { try ChannelTable($0).all(account: call.account, region: call.region, at: call.now).count }
        return Kinesis.DescribeLimitsOutput(
            // Where there is no limit AWS's default stands for it.
            shardLimit: configuration.shardLimit ?? Self.defaultShardLimit,
            openShardCount: openShards(call),
            onDemandStreamCount: onDemandStreams(call),
            onDemandStreamCountLimit: Self.maximumOnDemandStreams,
            channelCount: channels,
            channelCountLimit: Self.maximumChannels
        )
    }
}
