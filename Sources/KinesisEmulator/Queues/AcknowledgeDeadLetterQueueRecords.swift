import ServiceKit
package import Shapes
import Streams
package import Wire

extension KinesisService {
    package func acknowledgeDeadLetterQueueRecords(
        _ input: Kinesis.AcknowledgeDeadLetterQueueRecordsInput,
        _ call: Call
    ) throws(ServiceError) -> Kinesis.AcknowledgeDeadLetterQueueRecordsOutput {
        let queue = try receivingQueue(input.queueARN, call)
        let answers = try queue.answer(input.entries.map { ($0.receiptHandle, nil) }, .deadLetters) {
            (deliveries, handle, _, now) throws(DeliveryQueue.Refusal) in
            try deliveries.acknowledge(handle.place, handle.delivery, .deadLetters, at: now)
        }
        return Kinesis.AcknowledgeDeadLetterQueueRecordsOutput(
            successful: answers.successful.map { .init(receiptHandle: $0) },
            failed: answers.failed.map { .init(receiptHandle: $0.handle, errorCode: $0.code, errorMessage: $0.message) }
        )
    }
}
