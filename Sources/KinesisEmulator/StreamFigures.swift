package import ServiceKit
import Streams
import Synchronization

/// The figures of one stream that CloudWatch shows.
final class StreamFigures: Sendable {
    /// One value a call each; those that failed are not among them.
    let putRecordBytes = MetricCell()
    let putRecordsBytes = MetricCell()
    let putRecordsStored = MetricCell()
    let putRecordsTotal = MetricCell()
    let getRecordsBytes = MetricCell()
    let getRecordsRecords = MetricCell()
    let getRecordsAge = MetricCell()
    /// One value a record, or a read, that was refused because a shard was full.
    let throttledWrites = MetricCell()
    let throttledReads = MetricCell()
    let failedRecords = MetricCell()

    func note(_ page: RecordPage) {
        getRecordsBytes.add(page.bytes)
        getRecordsRecords.add(page.count)
        getRecordsAge.add(Int(clamping: page.millisBehindLatest))
    }

    /// - Parameter bytes: of all records of the call.
    func note(_ outcomes: [PutOutcome], bytes: Int) {
        var stored = 0
        for outcome in outcomes {
            switch outcome {
            case .stored: stored += 1
            case .throttled: throttledWrites.add(1)
            case .failed: failedRecords.add(1)
            }
        }
        putRecordsTotal.add(outcomes.count)
        putRecordsStored.add(stored)
        putRecordsBytes.add(bytes)
    }
}

extension KinesisService: MetricSource {
    package func takeMetrics(_ take: (MetricSample) -> Void) {
        for stream in registry.withLock({ Array($0.byID.values) }) {
            let figures = stream.figures
            func give(_ name: String, _ unit: String, _ values: MetricValues?) {
                guard let values else { return }
                take(
                    MetricSample(
                        account: stream.key.account,
                        region: stream.key.region,
                        namespace: "AWS/Kinesis",
                        name: name,
                        dimensions: [("StreamName", stream.key.name)],
                        unit: unit,
                        values: values
                    )
                )
            }
            let (one, many) = (figures.putRecordBytes.take(), figures.putRecordsBytes.take())
            let (stored, total) = (figures.putRecordsStored.take(), figures.putRecordsTotal.take())
            give("PutRecord.Bytes", "Bytes", one)
            give("PutRecord.Success", "Count", one.map { Self.ones($0.count) })
            give("PutRecords.Bytes", "Bytes", many)
            give("PutRecords.TotalRecords", "Count", total)
            give("PutRecords.SuccessfulRecords", "Count", stored)
            give("PutRecords.Success", "Count", many.map { Self.ones($0.count) })
            for values in [one, many] { give("IncomingBytes", "Bytes", values) }
            for values in [one.map({ Self.ones($0.count) }), stored] { give("IncomingRecords", "Count", values) }
            let throttled = figures.throttledWrites.take()
            give("PutRecords.ThrottledRecords", "Count", throttled)
            give("WriteProvisionedThroughputExceeded", "Count", throttled)
            give("PutRecords.FailedRecords", "Count", figures.failedRecords.take())
            let records = figures.getRecordsRecords.take()
            give("GetRecords.Records", "Count", records)
            give("GetRecords.Success", "Count", records.map { Self.ones($0.count) })
            give("GetRecords.Bytes", "Bytes", figures.getRecordsBytes.take())
            give("GetRecords.IteratorAgeMilliseconds", "Milliseconds", figures.getRecordsAge.take())
            give("ReadProvisionedThroughputExceeded", "Count", figures.throttledReads.take())
        }
    }

    private static func ones(_ count: Double) -> MetricValues { MetricValues(count: count, sum: count, minimum: 1, maximum: 1) }
}
