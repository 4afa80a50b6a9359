import ServiceKit
package import Shapes
import Streams
package import Wire

extension KinesisService {
    package func restoreDeadLetterQueueRecords(
        _ input: Kinesis.RestoreDeadLetterQueueRecordsInput,
        _ call: Call
    ) throws(ServiceError) -> Kinesis.RestoreDeadLetterQueueRecordsOutput {
        let queue = try receivingQueue(input.queueARN, call)
        let answers = try queue.answer(input.entries.map { ($0.receiptHandle, nil) }, .deadLetters) {
            (deliveries, handle, _, now) throws(DeliveryQueue.Refusal) in
            try deliveries.restore(handle.place, handle.delivery, at: now)
        }
        var output = Kinesis.RestoreDeadLetterQueueRecordsOutput(successful: [], failed: [])
        for (entry, failure) in zip(input.entries, answers) {
            guard let failure else {
                output.successful.append(.init(receiptHandle: entry.receiptHandle))
                continue
            }
            output.failed.append(.init(receiptHandle: entry.receiptHandle, errorCode: failure.code, errorMessage: failure.message))
        }
        return output
    }
}
