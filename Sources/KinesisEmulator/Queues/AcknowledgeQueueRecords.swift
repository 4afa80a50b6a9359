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
        var output = Kinesis.AcknowledgeQueueRecordsOutput(successful: [], failed: [])
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
