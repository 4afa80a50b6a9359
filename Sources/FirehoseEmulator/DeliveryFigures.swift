package import ServiceKit

/// The figures of one delivery stream that CloudWatch shows.
final class DeliveryFigures: Sendable {
    let incomingBytes = MetricCell()
    let incomingRecords = MetricCell()
    let readBytes = MetricCell()
    let readRecords = MetricCell()
    let deliveredBytes = MetricCell()
    let deliveredRecords = MetricCell()
    /// 1 for an object that could be written, 0 for one that could not.
    let success = MetricCell()
    /// Seconds between the oldest record of an object and its delivery.
    let freshness = MetricCell()
}

extension FirehoseService: MetricSource {
    package func takeMetrics(_ take: (MetricSample) -> Void) {
        for stream in registry.all {
            let figures = stream.figures
            for (name, unit, cell) in [
                ("IncomingBytes", "Bytes", figures.incomingBytes), ("IncomingRecords", "Count", figures.incomingRecords),
                ("DataReadFromKinesisStream.Bytes", "Bytes", figures.readBytes), ("DataReadFromKinesisStream.Records", "Count", figures.readRecords),
                ("DeliveryToS3.Bytes", "Bytes", figures.deliveredBytes), ("DeliveryToS3.Records", "Count", figures.deliveredRecords),
                ("DeliveryToS3.Success", "Count", figures.success), ("DeliveryToS3.DataFreshness", "Seconds", figures.freshness),
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
