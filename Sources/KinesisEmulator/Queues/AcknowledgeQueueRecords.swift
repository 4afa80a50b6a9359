import ServiceKit
package import Shapes
import Streams
package import Wire

extension KinesisService {
    package func acknowledgeQueueRecords(
        _ input: Kinesis.AcknowledgeQueueRecordsInput,
        _ call: Call
    ) throws(ServiceError) -> Kinesis.AcknowledgeQueueRecordsOutput {
        let queue = try receivingQueue(input.queueARN, call)
        let answers = try queue.answer(input.entries.map { ($0.receiptHandle, nil) }, .records) {
            (deliveries, handle, _, now) throws(DeliveryQueue.Refusal) in
            try deliveries.acknowledge(handle.place, handle.delivery, .records, at: now)
        }
        return Kinesis.AcknowledgeQueueRecordsOutput(
            successful: answers.successful.map { .init(receiptHandle: $0) },
            failed: answers.failed.map { .init(receiptHandle: $0.handle, errorCode: $0.code, errorMessage: $0.message) }
        )
    }
}
