import Recommend
import ServiceKit
import Shapes
import Synchronization
import Wire

/// What datasets hold, summed up for a person who looks at them: what was imported, and what was streamed.
///
/// Imported rows are gone through once for each import. Streamed ones are taken in as they come, a bounded number a look, and a summary that took
/// long is not made again before twenty times as long has passed: whoever looks again and again costs a twentieth of one processor at most.
final class DatasetSummaries: Sendable {
    struct Answer {
        var imported: TableSummary?
        var streamed: TableSummary?
        /// How many streamed rows or events there are, and how many of them are summed up.
        var streamedRows: Int
        var countedRows: Int
        /// Whether another look will find more of them.
        var isGoingOn: Bool
    }

    private struct Held {
        var version: Int
        var columns: [ColumnSpec]
        var imported: TableSummary?
        var streamed: Table
        var streamedSummary: TableSummary?
        /// Of streamed events, the number of the last that was taken in; of rows, how many.
        var position: Int64 = 0
        var next: ContinuousClock.Instant
    }

    private let datasets: DatasetStore
    private let events: EventStore
    private let rows: StreamedRows
    /// One look at a time: the others wait and find it made.
    private let held = Mutex<[DatasetID: Held]>([:])

    /// Streamed rows that are summed up; those beyond are counted only.
    private static let mostStreamed = 200_000
    /// Events that one look reads.
    private static let page = 20_000
    private static let mostDatasets = 32

    init(datasets: DatasetStore, events: EventStore, rows: StreamedRows) {
        self.datasets = datasets
        self.events = events
        self.rows = rows
    }

    /// - Throws: `InternalFailure` when the rows cannot be read.
    func summary(of target: Serving.IngestionTarget) throws(ServiceError) -> Answer {
        try held.withLock { held throws(ServiceError) in
            let version = datasets.version(of: target.id)
            let columns = target.schema.columns
            var known: Held
            if let old = held[target.id], old.version == version, old.columns == columns {
                known = old
            } else {
                let table = try datasets.table(target.id)
                known = Held(version: version, columns: columns, streamed: Table(columns), next: .now)
                known.imported = table.map { TableSummary($0) }
            }
            // What is held is of this process's making, so it can be made again.
            if held.count >= Self.mostDatasets { held.removeAll() }
            held[target.id] = nil
            let total = try takeIn(target, &known)
            held[target.id] = known
            let counted = known.streamed.rowCount
            return Answer(
                imported: known.imported,
                streamed: known.streamedSummary,
                streamedRows: total,
                countedRows: counted,
                isGoingOn: target.kind.key == nil && counted < min(total, Self.mostStreamed)
            )
        }
    }

    /// - Returns: how many streamed rows there are.
    private func takeIn(_ target: Serving.IngestionTarget, _ known: inout Held) throws(ServiceError) -> Int {
        let clock = ContinuousClock()
        let began = clock.now
        let isEvents = target.kind.key == nil
        let counts = rows.counts(dataset: target.id)
        let last = isEvents ? events.lastSequence(dataset: target.id) : Int64(counts.arrived)
        guard last != known.position, began >= known.next else { return isEvents ? Self.total(known, last) : counts.ids }
        if !isEvents {
            let newest = rows.newest(dataset: target.id)
            known.streamed = StreamedTables.table(Array(newest.suffix(Self.mostStreamed)), known.columns, kind: target.kind)
            known.position = last
        } else if known.streamed.rowCount < Self.mostStreamed {
            let page = try events.page(dataset: target.id, after: known.position, limit: Self.page)
            let table = StreamedTables.table(page.events, known.columns, kind: target.kind)
            known.streamed = known.streamed.merging(table, mode: .incremental, kind: target.kind)
            known.position = page.last
        }
        known.streamedSummary = known.streamed.rowCount == 0 ? nil : TableSummary(known.streamed)
        let cost = began.duration(to: clock.now)
        // While there is more to be read the next look may be at once: what is read is bounded by the page.
        known.next = isEvents && known.position < last ? began : clock.now + cost * 20
        return isEvents ? Self.total(known, last) : counts.ids
    }

    /// Events that were taken in, or that no longer fit the schema, are known; those after them are counted by their numbers.
    private static func total(_ known: Held, _ last: Int64) -> Int { known.streamed.rowCount + Int(max(0, last - known.position)) }
}
