import ServiceKit
package import Shapes
import Streams
package import Wire

extension KinesisService {
    package func updateQueueRecordsVisibility(
        _ input: Kinesis.UpdateQueueRecordsVisibilityInput,
        _ call: Call
    ) throws(ServiceError) -> Kinesis.UpdateQueueRecordsVisibilityOutput {
        let queue = try receivingQueue(input.queueARN, call)
        let answers = try queue.answer(input.entries.map { ($0.receiptHandle, $0.visibilityTimeoutSeconds) }, .records) {
            (deliveries, handle, visibility, now) throws(DeliveryQueue.Refusal) in
            try deliveries.setVisibility(handle.place, handle.delivery, .records, until: now + visibility, at: now)
        }
        var output = Kinesis.UpdateQueueRecordsVisibilityOutput(successful: [], failed: [])
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
