import ServiceKit
package import Shapes
import Streams
package import Wire

extension KinesisService {
    package func decreaseStreamRetentionPeriod(_ input: Kinesis.DecreaseStreamRetentionPeriodInput, _ call: Call) throws(ServiceError) {
        try change { () throws(ServiceError) in
            let (stream, facts) = try settledStream(input.streamName, input.streamARN, call)
            let (hours, current) = (input.retentionPeriodHours, stream.engine.retentionHours)
            try Self.checkRetention(hours)
            guard hours <= current else {
                throw .Kinesis.invalidArgument(
                    """
                    Requested retention period (\(hours) hours) for stream \(stream.key.name) can not be longer than existing retention period \
                    (\(current) hours). Use IncreaseRetentionPeriod API.
                    """
                )
            }
            guard hours != current else { return }
            try reshape(stream, facts, call) { $0.setRetention(hours: hours, now: call.now.milliseconds) }
        }
    }
}
