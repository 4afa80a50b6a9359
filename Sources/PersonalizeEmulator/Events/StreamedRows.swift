package import ServiceKit
package import Streams
import Synchronization
package import Wire

/// One row that PutItems, PutUsers or PutActions brought.
package struct StreamedRow: Sendable, Equatable {
    package var id: String
    /// As the client sent them, JSON text.
    package var properties: String?

    package init(id: String, properties: String?) {
        self.id = id
        self.properties = properties
    }
}

/// Every row of items, users and actions that was streamed, by its dataset. The record log holds them; this is what is rebuilt from it.
package final class StreamedRows: Sendable {
    /// Marks an entry of the record log as a batch of rows.
    package static let logKind: UInt8 = 3
    /// Rows are read again at each start, for memory has all of them.
    package static let logSummary = LogSummaryKind(kind: logKind, version: EntryOffsets.version) { EntryOffsets() }

    private struct Held {
        /// Of the log, that hold rows or say which are gone.
        var segments: Set<UInt64> = []
        /// In the order of arrival; one that was removed leaves its place behind.
        var rows: [StreamedRow?] = []
        /// The newest row of each id that no later import has overtaken.
        var newest: [String: Int] = [:]

        mutating func append(_ row: StreamedRow) {
            newest[row.id] = rows.count
            rows.append(row)
        }

        mutating func remove(_ ids: some Sequence<String>) -> Int {
            let ids = Set(ids)
            var count = 0
            for index in rows.indices where rows[index].map({ ids.contains($0.id) }) ?? false {
                rows[index] = nil
                count += 1
            }
            for id in ids { newest[id] = nil }
            return count
        }
    }

    private let log: RecordLog
    private let held = Mutex<[DatasetID: Held]>([:])

    package init(log: RecordLog) {
        self.log = log
    }

    /// Keeps new rows of a dataset.
    package func append(_ rows: [StreamedRow], dataset: DatasetID) throws(ServiceError) -> PendingWrite {
        let entries = rows.map { row -> Document in
            var fields = Document.Fields([("i", .string(row.id))])
            if let properties = row.properties { fields.append("p", .string(properties)) }
            return .object(fields)
        }
        return try write(("rows", .list(entries)), dataset) { held in for row in rows { held.append(row) } }
    }

    /// Removes the rows of some ids.
    /// - Returns: how many rows were removed.
    package func remove(_ ids: [String], dataset: DatasetID) throws(ServiceError) -> (count: Int, write: PendingWrite) {
        var count = 0
        let write = try write(("removed", .list(ids.map { .string($0) })), dataset) { count = $0.remove(ids) }
        return (count, write)
    }

    /// An import brought newer rows of these ids: what was streamed stays, but no longer takes the place of bulk rows.
    package func overtake(_ ids: [String], dataset: DatasetID) throws(ServiceError) -> PendingWrite {
        guard !ids.isEmpty else { return .nothing }
        return try write(("overtaken", .list(ids.map { .string($0) })), dataset) { held in for id in ids { held.newest[id] = nil } }
    }

    private func write(_ field: (String, Document), _ dataset: DatasetID, _ change: (inout Held) -> Void) throws(ServiceError) -> PendingWrite {
        let payload = JSON.write(.object(Document.Fields([("dataset", .integer(dataset.rawValue)), field])))
        do {
            let entry = try held.withLock { held in
                let entry = try log.append(kind: Self.logKind, payload: payload)
                held[dataset, default: Held()].segments.insert(entry.segment)
                change(&held[dataset, default: Held()])
                return entry
            }
            return PendingWrite(entry)
        } catch {
            throw .internalFailure(error)
        }
    }

    /// Takes what a segment of the log has in again; datasets that are no longer there are passed over.
    package func restore(_ summary: SegmentSummary, isKept: (DatasetID) -> Bool) throws(LogError) {
        let offsets = EntryOffsets.offsets(summary.parts[Self.logKind] ?? [])
        try log.read(offsets.lazy.map { FramePosition(segment: UInt32(truncatingIfNeeded: summary.segment), offset: $0) }) { payload in
            if let payload { replay(Array(payload), summary.segment, isKept: isKept) }
        }
    }

    private func replay(_ payload: [UInt8], _ segment: UInt64, isKept: (DatasetID) -> Bool) {
        guard let document = try? JSON.parse(payload), case .integer(let number)? = document["dataset"] else { return }
        let dataset = DatasetID(rawValue: number)
        guard isKept(dataset) else { return }
        held.withLock { held in
            held[dataset, default: Held()].segments.insert(segment)
            if case .list(let rows)? = document["rows"] {
                for row in rows {
                    guard let id = row["i"]?.textIfAny else { continue }
                    held[dataset, default: Held()].append(StreamedRow(id: id, properties: row["p"]?.textIfAny))
                }
            }
            if case .list(let ids)? = document["removed"] { _ = held[dataset]?.remove(ids.compactMap(\.textIfAny)) }
            if case .list(let ids)? = document["overtaken"] { for id in ids.compactMap(\.textIfAny) { held[dataset]?.newest[id] = nil } }
        }
    }

    /// Every row of a dataset, oldest arrival first.
    package func all(dataset: DatasetID) -> [StreamedRow] {
        held.withLock { $0[dataset]?.rows.compactMap(\.self) ?? [] }
    }

    /// The newest row of each id, without those that a later import has overtaken, in the order of arrival.
    package func newest(dataset: DatasetID) -> [StreamedRow] {
        held.withLock { held in
            guard let held = held[dataset] else { return [] }
            return held.newest.values.sorted().compactMap { held.rows[$0] }
        }
    }

    /// How many rows came, those that are gone included, and of how many ids `newest` tells.
    func counts(dataset: DatasetID) -> (arrived: Int, ids: Int) {
        held.withLock { ($0[dataset]?.rows.count ?? 0, $0[dataset]?.newest.count ?? 0) }
    }

    /// The last `limit` of `newest`, without sorting the others.
    func newest(dataset: DatasetID, limit: Int) -> [StreamedRow] {
        held.withLock { held in
            guard let held = held[dataset] else { return [] }
            var found: [StreamedRow] = []
            for index in held.rows.indices.reversed() {
                if found.count == limit { break }
                if let row = held.rows[index], held.newest[row.id] == index { found.append(row) }
            }
            return found.reversed()
        }
    }

    /// Those of some ids of which rows were streamed.
    package func known(_ ids: some Sequence<String>, dataset: DatasetID) -> [String] {
        held.withLock { held in
            guard let newest = held[dataset]?.newest, !newest.isEmpty else { return [] }
            return ids.filter { newest[$0] != nil }
        }
    }

    /// Appends all rows to another log.
    package func copy(to target: RecordLog) throws(ServiceError) {
        let other = StreamedRows(log: target)
        for (dataset, held) in held.withLock({ $0 }) {
            let rows = held.rows.compactMap(\.self)
            for start in stride(from: 0, to: rows.count, by: Self.copied) {
                _ = try other.append(Array(rows[start..<min(start + Self.copied, rows.count)]), dataset: dataset)
            }
            let overtaken = Set(rows.map(\.id)).filter { held.newest[$0] == nil }.sorted()
            _ = try other.overtake(overtaken, dataset: dataset)
        }
    }

    /// Rows of one entry of a copy.
    private static let copied = 100

    package func remove(dataset: DatasetID, _: borrowing Committed) {
        held.withLock { _ = $0.removeValue(forKey: dataset) }
    }

    /// Segments of the log that must not go.
    package var segments: Set<UInt64> {
        held.withLock { held in held.values.reduce(into: []) { $0.formUnion($1.segments) } }
    }

    package func removeAll() {
        held.withLock { $0.removeAll() }
    }
}
