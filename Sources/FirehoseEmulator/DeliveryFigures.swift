package import ServiceKit
import Wire

/// The figures of one delivery stream that CloudWatch shows.
final class DeliveryFigures: Sendable {
    let incomingBytes = MetricCell()
    let incomingRecords = MetricCell()
    let readBytes = MetricCell()
    let readRecords = MetricCell()
    let deliveredBytes = MetricCell()
    let deliveredRecords = MetricCell()
    /// 1 for an object that could be written, or a request that was accepted, 0 for one that was not.
    let success = MetricCell()
    /// Seconds between the oldest record of an object and its delivery.
    let freshness = MetricCell()

    /// What was delivered at once.
    /// - Parameter arrival: of the oldest record of it.
    func note(records: Int, bytes: Int, since arrival: Timestamp, at now: Timestamp) {
        success.add(1)
        deliveredRecords.add(records)
        deliveredBytes.add(bytes)
        freshness.add(Int((now.milliseconds - arrival.milliseconds) / 1000))
    }
}

extension FirehoseService: MetricSource {
    package func takeMetrics(_ take: (MetricSample) -> Void) {
        for stream in registry.all {
            let figures = stream.figures
            let delivery = stream.settings.endpoint == nil ? "DeliveryToS3" : "DeliveryToHttpEndpoint"
            for (name, unit, cell) in [
                ("IncomingBytes", "Bytes", figures.incomingBytes), ("IncomingRecords", "Count", figures.incomingRecords),
                ("DataReadFromKinesisStream.Bytes", "Bytes", figures.readBytes), ("DataReadFromKinesisStream.Records", "Count", figures.readRecords),
                ("\(delivery).Bytes", "Bytes", figures.deliveredBytes), ("\(delivery).Records", "Count", figures.deliveredRecords),
                ("\(delivery).Success", "Count", figures.success), ("\(delivery).DataFreshness", "Seconds", figures.freshness),
            ] {
                guard let values = cell.take() else { continue }
                take(
                    MetricSample(
                        account: stream.key.account,
                        region: stream.key.region,
                        namespace: "AWS/Firehose",
                        name: name,
                        dimensions: [("DeliveryStreamName", stream.key.name)],
                        unit: unit,
                        values: values
                    )
                )
            }
        }
    }
}
