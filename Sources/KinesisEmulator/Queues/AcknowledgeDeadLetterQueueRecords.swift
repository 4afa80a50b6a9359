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
        var output = Kinesis.AcknowledgeDeadLetterQueueRecordsOutput(successful: [], failed: [])
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
