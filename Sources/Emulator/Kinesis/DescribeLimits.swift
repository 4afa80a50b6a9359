package import Shapes
import Streams
import Synchronization
package import Wire

extension KinesisService {
    package func describeLimits(_ input: Kinesis.DescribeLimitsInput, _ call: Call) throws(ServiceError) -> Kinesis.DescribeLimitsOutput {
        let streams = registry.withLock { $0.all(account: call.account, region: call.region) }.filter { $0.facts(at: call.now).status != .deleted }
        return Kinesis.DescribeLimitsOutput(
            // Without an option there is no limit here; AWS's largest default stands for it.
            shardLimit: configuration.shardLimit ?? 20_000,
            openShardCount: openShards(call),
            onDemandStreamCount: streams.count { $0.engine.mode == .onDemand },
            onDemandStreamCountLimit: 50
        )
    }
}
