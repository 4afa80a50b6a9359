import ServiceKit
package import Shapes
package import Wire

extension KinesisService {
    package func enableEnhancedMonitoring(
        _ input: Kinesis.EnableEnhancedMonitoringInput,
        _ call: Call
    ) throws(ServiceError) -> Kinesis.EnhancedMonitoringOutput {
        try changeMonitoring(streamName: input.streamName, streamARN: input.streamARN, call) {
            $0.union(EnhancedMonitoring.expanded(input.shardLevelMetrics))
        }
    }
}
