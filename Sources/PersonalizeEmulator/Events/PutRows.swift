import Recommend
import Shapes
import Wire

/// What PutItems, PutUsers and PutActions have in common: rows that take the place of those with the same id, as a whole.
extension EventsService {
    /// - Parameter operation: whose requests are counted; nil where AWS counts none.
    func put(
        _ rows: [StreamedRow],
        into arn: String,
        _ kind: DatasetKind,
        as operation: PersonalizeFigures.Operation? = nil,
        _ call: Call
    ) throws(ServiceError) {
        let collector = try serving.collector(arn, kind, call)
        guard let operation else { return try put(rows, into: collector, call) }
        let dimensions = {
            [PersonalizeFigures.Dimension("DatasetGroupArn", collector.groupARN), PersonalizeFigures.Dimension("DatasetArn", collector.arn)]
        }
        try figures.counting(operation, call, dimensions) { () throws(ServiceError) in try put(rows, into: collector, call) }
    }

    private func put(_ rows: [StreamedRow], into collector: Serving.IngestionTarget, _ call: Call) throws(ServiceError) {
        let kind = collector.kind
        let columns = collector.schema.columns
        let values = try rows.mapThrowing { (row) throws(ServiceError) in try StreamedTables.values(row, columns, kind: kind) }
        call.acknowledgement.waits(for: try attributeIndex.put(rows, values, into: collector))
    }
}
