import ServiceKit
package import Shapes
import Streams
package import Wire

extension KinesisService {
    package func increaseStreamRetentionPeriod(_ input: Kinesis.IncreaseStreamRetentionPeriodInput, _ call: Call) throws(ServiceError) {
        try change { () throws(ServiceError) in
            let (stream, facts) = try settledStream(input.streamName, input.streamARN, call)
            let (hours, current) = (input.retentionPeriodHours, stream.engine.retentionHours)
            try Self.checkRetention(hours)
            guard hours >= current else {
                throw .Kinesis.invalidArgument(
                    """
                    Requested retention period (\(hours) hours) for stream \(stream.key.name) can not be shorter than existing retention period \
                    (\(current) hours). Use DecreaseRetentionPeriod API.
                    """
                )
            }
            guard hours != current else { return }
            try reshape(stream, facts, call) { $0.setRetention(hours: hours, now: call.now.milliseconds) }
        }
    }

    static func checkRetention(_ hours: Int) throws(ServiceError) {
        if hours < 24 {
            throw .Kinesis.invalidArgument("Minimum allowed retention period is 24 hours. Requested retention period (\(hours) hours) is too short.")
        }
        if hours > 8760 {
            throw .Kinesis.invalidArgument("Maximum allowed retention period is 8760 hours. Requested retention period (\(hours) hours) is too long.")
        }
    }
}
