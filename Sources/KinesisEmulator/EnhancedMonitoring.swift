import ServiceKit
import Shapes
import Wire

/// The shard-level metrics of a stream. There is nobody here to send them to, so they are kept and shown.
enum EnhancedMonitoring {
    /// In the order in which they are shown.
    static let metrics = [
        "IncomingBytes", "IncomingRecords", "OutgoingBytes", "OutgoingRecords", "WriteProvisionedThroughputExceeded",
        "ReadProvisionedThroughputExceeded", "IteratorAgeMilliseconds",
    ]

    /// What is meant by the names of a request: `ALL` stands for every one of them.
    static func expanded(_ names: [String]) -> Set<String> {
        names.contains("ALL") ? Set(metrics) : Set(names)
    }

    static func ordered(_ names: Set<String>) -> [String] {
        metrics.filter { names.contains($0) }
    }
}

extension KinesisService {
    /// Changes the metrics of a stream.
    /// - Returns: the metrics before and after, with both names of the stream whichever was given.
    func changeMonitoring(
        streamName name: String?,
        streamARN arn: String?,
        _ call: Call,
        by change: (Set<String>) -> Set<String>
    ) throws(ServiceError) -> Kinesis.EnhancedMonitoringOutput {
        try self.change { () throws(ServiceError) in
            var (stream, facts) = try settledStream(name, arn, call)
            let before = facts.metrics
            facts.metrics = change(before)
            if facts.metrics != before {
                facts.enter(.updating, at: call.now, for: configuration.streamDelay)
                try store(facts, of: stream, call)
            }
            return Kinesis.EnhancedMonitoringOutput(
                streamName: stream.key.name,
                currentShardLevelMetrics: EnhancedMonitoring.ordered(before),
                desiredShardLevelMetrics: EnhancedMonitoring.ordered(facts.metrics),
                streamARN: stream.key.arn
            )
        }
    }
}
