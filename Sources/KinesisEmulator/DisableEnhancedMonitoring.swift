import ServiceKit
package import Shapes
package import Wire

extension KinesisService {
    package func disableEnhancedMonitoring(
        _ input: Kinesis.DisableEnhancedMonitoringInput,
        _ call: Call
    ) throws(ServiceError) -> Kinesis.EnhancedMonitoringOutput {
        try changeMonitoring(streamName: input.streamName, streamARN: input.streamARN, call) {
            $0.subtracting(EnhancedMonitoring.expanded(input.shardLevelMetrics))
        }
    }
}
