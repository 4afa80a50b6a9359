package import Recommend
import ServiceKit
import Shapes
package import Wire

/// Streamed records as rows of their dataset, for training, filters, exports and reports.
package enum StreamedTables {
    /// Rows of Items, Users or Actions. What no longer fits, because the schema was replaced meanwhile, is left out.
    package static func table(_ rows: [StreamedRow], _ columns: [ColumnSpec], kind: DatasetKind) -> Table {
        var table = Table(columns)
        for row in rows {
            guard let values = try? values(row, columns, kind: kind) else { continue }
            let refused = table.append(values)
            precondition(refused == nil, "a checked row does not fit its columns")
        }
        return table
    }

    /// The values of a row, in the order of the columns.
    /// - Throws: `InvalidInputException` for properties that do not fit the schema.
    package static func values(_ row: StreamedRow, _ columns: [ColumnSpec], kind: DatasetKind) throws(ServiceError) -> [Value] {
        guard let key = kind.key else { preconditionFailure("a row of a dataset without ids") }
        return try RecordProperties(row.properties).row(columns, given: [key: .string(row.id)])
    }

    /// Events of Interactions or Action_Interactions.
    package static func table(_ events: [RecordedEvent], _ columns: [ColumnSpec], kind: DatasetKind) -> Table {
        var table = Table(columns)
        for event in events {
            guard let values = try? values(event, columns, kind: kind) else { continue }
            let refused = table.append(values)
            precondition(refused == nil, "a checked event does not fit its columns")
        }
        return table
    }

    /// An anonymous event stands under its session. Impressions are one text, as in bulk data.
    /// - Throws: `InvalidInputException` for properties that do not fit the schema, or lack what it demands.
    package static func values(_ event: RecordedEvent, _ columns: [ColumnSpec], kind: DatasetKind) throws(ServiceError) -> [Value] {
        var given: [String: Value] = [
            "USER_ID": .string(event.historyKey), (kind == .interactions ? "ITEM_ID" : "ACTION_ID"): .string(event.itemID),
            "TIMESTAMP": .long(event.timestamp.seconds), "EVENT_TYPE": .string(event.eventType),
        ]
        if let value = event.eventValue { given["EVENT_VALUE"] = .double(value) }
        if let impression = event.impression { given["IMPRESSION"] = .string(impression.joined(separator: "|")) }
        if let id = event.recommendationID { given["RECOMMENDATION_ID"] = .string(id) }
        if let source = event.attributionSource { given["EVENT_ATTRIBUTION_SOURCE"] = .string(source) }
        if let id = event.eventID { given["EVENT_ID"] = .string(id) }
        given["SESSION_ID"] = .string(event.sessionID)
        return try RecordProperties(event.properties).row(columns, given: given)
    }
}
