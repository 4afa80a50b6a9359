import Recommend
import Shapes
import Wire

/// What PutItems, PutUsers and PutActions have in common: rows that take the place of those with the same id, as a whole.
extension EventsService {
    func put(_ rows: [StreamedRow], into arn: String, _ kind: DatasetKind, _ call: Call) throws(ServiceError) {
        let collector = try serving.collector(arn, kind, call)
        let columns = collector.schema.columns
        let values = try rows.mapThrowing { (row) throws(ServiceError) in try StreamedTables.values(row, columns, kind: kind) }
        call.acknowledgement.waits(for: try attributeIndex.put(rows, values, into: collector))
    }
}
