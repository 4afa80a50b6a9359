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

    private struct Part {
        var version: Int
        var columns: [ColumnSpec]
        var imported: TableSummary?
        var streamed: TableSummary?
        /// The events that were taken in, for the next summary; rows of items, users and actions are the store's to keep.
        var events: Table
        var countedRows = 0
        /// Of events the number of the last that was taken in, of rows how many had come.
        var position: Int64 = 0
        var next: ContinuousClock.Instant
    }

    /// One dataset; whoever comes while it is looked at waits and finds it done.
    private final class Slot: Sendable {
        let part = Mutex<Part?>(nil)
    }

    private struct Slots {
        var slots: [DatasetID: Slot] = [:]
        /// The longest untouched first.
        var order: [DatasetID] = []
    }

    private let datasets: DatasetStore
    private let events: EventStore
    private let rows: StreamedRows
    /// Streamed rows that are summed up; those beyond are counted only.
    private let mostStreamed: Int
    /// Events that one look reads.
    private let page: Int
    private let known = Mutex(Slots())

    private static let mostDatasets = 8

    init(datasets: DatasetStore, events: EventStore, rows: StreamedRows, mostStreamed: Int = 200_000, page: Int = 20_000) {
        self.datasets = datasets
        self.events = events
        self.rows = rows
        self.mostStreamed = mostStreamed
        self.page = page
    }

    /// - Throws: `InternalFailure` when the rows cannot be read.
    func summary(of target: Serving.IngestionTarget) throws(ServiceError) -> Answer {
        try slot(target.id).part.withLock { part throws(ServiceError) in
            let version = datasets.version(of: target.id)
            let columns = target.schema.columns
            var fresh: Part
            if let part, part.version == version, part.columns == columns {
                fresh = part
            } else {
                fresh = Part(version: version, columns: columns, events: Table(columns), next: .now)
                fresh.imported = try datasets.table(target.id).map { TableSummary($0) }
            }
            // No second holder, so that what is appended to is not copied.
            part = nil
            let (total, isBehind) = try takeIn(target, &fresh)
            part = fresh
            return Answer(
                imported: fresh.imported,
                streamed: fresh.streamed,
                streamedRows: total,
                countedRows: fresh.countedRows,
                isGoingOn: isBehind
            )
        }
    }

    /// Lets go of what is known of a dataset.
    func forget(_ dataset: DatasetID) {
        known.withLock { known in
            known.slots[dataset] = nil
            known.order.removeAll { $0 == dataset }
        }
    }

    func removeAll() { known.withLock { $0 = Slots() } }

    private func slot(_ dataset: DatasetID) -> Slot {
        known.withLock { known in
            known.order.removeAll { $0 == dataset }
            known.order.append(dataset)
            if known.order.count > Self.mostDatasets { known.slots[known.order.removeFirst()] = nil }
            if let slot = known.slots[dataset] { return slot }
            let slot = Slot()
            known.slots[dataset] = slot
            return slot
        }
    }

    /// - Returns: how many streamed rows there are, and whether some of them are yet to be taken in.
    private func takeIn(_ target: Serving.IngestionTarget, _ part: inout Part) throws(ServiceError) -> (total: Int, isBehind: Bool) {
        let clock = ContinuousClock()
        let began = clock.now
        let isEvents = target.kind.key == nil
        let counts = rows.counts(dataset: target.id)
        let last = isEvents ? events.lastSequence(dataset: target.id) : Int64(counts.arrived)
        func standing(_ part: Part) -> (total: Int, isBehind: Bool) {
            let isBehind = last > part.position && !(isEvents && part.countedRows >= mostStreamed)
            return (isEvents ? part.countedRows + Int(max(0, last - part.position)) : counts.ids, isBehind)
        }
        guard standing(part).isBehind, began >= part.next else { return standing(part) }
        if isEvents {
            let found = try events.page(dataset: target.id, after: part.position, limit: min(page, mostStreamed - part.countedRows))
            let table = StreamedTables.table(found.events, part.columns, kind: target.kind)
            part.events = part.events.merging(table, mode: .incremental, kind: target.kind)
            part.position = found.last
            part.countedRows = part.events.rowCount
            part.streamed = part.countedRows == 0 ? nil : TableSummary(part.events)
        } else {
            let table = StreamedTables.table(rows.newest(dataset: target.id, limit: mostStreamed), part.columns, kind: target.kind)
            part.position = last
            part.countedRows = table.rowCount
            part.streamed = table.rowCount == 0 ? nil : TableSummary(table)
        }
        // While there is more to be read the next look may be at once: the cap bounds how often that is.
        if !standing(part).isBehind { part.next = clock.now + began.duration(to: clock.now) * 20 }
        return standing(part)
    }
}
