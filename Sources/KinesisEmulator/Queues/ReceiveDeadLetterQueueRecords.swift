import ServiceKit
package import Shapes
import Streams
package import Wire

extension KinesisService {
    package func receiveDeadLetterQueueRecords(
        _ input: Kinesis.ReceiveDeadLetterQueueRecordsInput,
        _ call: Call
    ) throws(ServiceError) -> Kinesis.ReceiveDeadLetterQueueRecordsOutput {
        let output = try receive(.deadLetters, from: input.queueARN, input.limit, wait: input.waitTimeSeconds, input.visibilityTimeoutSeconds, call)
        return Kinesis.ReceiveDeadLetterQueueRecordsOutput(queueRecords: output.queueRecords)
    }
}
