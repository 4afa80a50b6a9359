import ServiceKit
package import Shapes
import Streams
package import Wire

extension KinesisService {
    package func receiveQueueRecords(
        _ input: Kinesis.ReceiveQueueRecordsInput,
        _ call: Call
    ) throws(ServiceError) -> Kinesis.ReceiveQueueRecordsOutput {
        try receive(.records, from: input.queueARN, input.limit, wait: input.waitTimeSeconds, input.visibilityTimeoutSeconds, call)
    }

    private static let longestReceive = 10
    /// Seconds.
    private static let usualWait = 9

    /// Receives at once what there is, or waits for it: the answer comes when there is something, or empty when the time is over.
    func receive(
        _ family: QueueFamily,
        from arn: String,
        _ limit: Int?,
        wait: Int?,
        _ visibility: Int?,
        _ call: Call
    ) throws(ServiceError) -> Kinesis.ReceiveQueueRecordsOutput {
        let queue = try receivingQueue(arn, call)
        let settings = queue.facts(at: call.now).settings
        let order = DeliveryQueue.Order(
            family: family,
            limit: limit ?? Self.longestReceive,
            visibility: Int64(visibility ?? settings.visibility) * 1000,
            maximum: settings.maximumReceives
        )
        let records = try queue.receive(order)
        if records.isEmpty {
            let receiver = QueueReceiver(order, of: queue, seconds: wait ?? Self.usualWait, machine: machine)
            call.acknowledgement.comesLater(receiver)
            queue.wait(receiver)
        }
        sweepIfDue(call.now)
        return queue.output(records)
    }
}
