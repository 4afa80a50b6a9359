import ServiceKit
package import Shapes
import Streams
package import Wire

extension KinesisService {
    package func updateDeadLetterQueueRecordsVisibility(
        _ input: Kinesis.UpdateDeadLetterQueueRecordsVisibilityInput,
        _ call: Call
    ) throws(ServiceError) -> Kinesis.UpdateDeadLetterQueueRecordsVisibilityOutput {
        let queue = try receivingQueue(input.queueARN, call)
        let answers = try queue.answer(input.entries.map { ($0.receiptHandle, $0.visibilityTimeoutSeconds) }, .deadLetters) {
            (deliveries, handle, visibility, now) throws(DeliveryQueue.Refusal) in
            try deliveries.setVisibility(handle.place, handle.delivery, .deadLetters, until: now + visibility, at: now)
        }
        return Kinesis.UpdateDeadLetterQueueRecordsVisibilityOutput(
            successful: answers.successful.map { .init(receiptHandle: $0) },
            failed: answers.failed.map { .init(receiptHandle: $0.handle, errorCode: $0.code, errorMessage: $0.message) }
        )
    }
}
