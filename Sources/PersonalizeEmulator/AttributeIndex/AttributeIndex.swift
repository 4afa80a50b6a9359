package import Recommend
package import ServiceKit
import Synchronization
package import Wire

/// What the datasets of dataset groups say now, in the form in which requests ask: rows of items, users and actions, bulk and streamed, and
/// the newest events of users.
///
/// A group is taken in once something serves from it, on the control plane's threads; from then on imports refresh it and streamed rows
/// change it in place, so that no request waits for a file or builds an index.
package final class AttributeIndex: Sendable {
    private struct Group {
        var attributes: [DatasetKind: Attributes] = [:]
        var events: [DatasetKind: UserEvents] = [:]
        /// Datasets whose bulk rows could not be read: who asks for them gets this error, and not an answer without them.
        var failures: [DatasetKind: ServiceError] = [:]
    }

    private let serving: Serving
    private let datasets: DatasetStore
    private let rows: StreamedRows
    private let events: EventStore
    private let groups = Mutex<[DatasetGroupID: Group]>([:])
    private let preparing = Mutex(())
    /// The datasets that have changed since they were read, by dataset group.
    private let outdated = Mutex<[DatasetGroupID: Set<DatasetKind>]>([:])
    private struct Numbering {
        var model: TrainedModel
        var subjects: FilterSubjects
    }

    /// Where models' items stand in the attributes, by the id of the model.
    private let numberings = Mutex<[ModelID: Numbering]>([:])

    package init(serving: Serving, datasets: DatasetStore, rows: StreamedRows, events: EventStore) {
        self.serving = serving
        self.datasets = datasets
        self.rows = rows
        self.events = events
    }

    // MARK: Told by the control plane

    /// Takes a dataset group in, unless that was done before.
    package func prepare(group: DatasetGroupID) {
        // Whoever comes second waits for the first, and then finds everything there.
        preparing.withLock { _ in
            guard groups.withLock({ $0[group] == nil }) else { return }
            groups.withLock { $0[group] = Group() }
            for kind in DatasetKind.allCases { read(kind, group: group) }
        }
    }

    /// Notes that a dataset is to be read again: rows were imported or removed, or its schema was replaced.
    package func outdate(_ kind: DatasetKind, group: DatasetGroupID) {
        outdated.withLock { _ = $0[group, default: []].insert(kind) }
    }

    /// Reads every dataset again that has been noted, each as it is then.
    package func refreshOutdated() {
        preparing.withLock { _ in
            let noted = outdated.withLock { noted in
                defer { noted = [:] }
                return noted
            }
            for (group, kinds) in noted { for kind in kinds { read(kind, group: group) } }
        }
    }

    /// Does nothing for a group that nothing serves from. To be called under `preparing`, so that the newest reading is the last.
    private func read(_ kind: DatasetKind, group: DatasetGroupID) {
        guard groups.withLock({ $0[group] != nil }) else { return }
        guard let collector = serving.collector(kind, group: group) else {
            return groups.withLock { groups in
                groups[group]?.attributes[kind] = nil
                groups[group]?.events[kind] = nil
                groups[group]?.failures[kind] = nil
            }
        }
        let table: Table?
        do throws(ServiceError) {
            table = try datasets.table(collector.id)
        } catch {
            return groups.withLock { groups in
                groups[group]?.attributes[kind] = nil
                groups[group]?.events[kind] = nil
                groups[group]?.failures[kind] = error
            }
        }
        defer { groups.withLock { _ = $0[group]?.failures.removeValue(forKey: kind) } }
        if kind.isEvents {
            let bulk = table.flatMap { EventIndex($0, kind: kind) }
            let known = UserEvents(bulk: bulk, streamed: events, dataset: collector.id, kind: kind)
            groups.withLock { $0[group]?.events[kind] = known }
        } else {
            let columns = collector.schema.columns
            let bulk = table ?? Table(columns)
            let attributes = Attributes(bulk.conformed(to: columns, kind: kind), kind: kind)
            // Rows that arrive meanwhile change the old attributes, or wait for this lock and change the new ones.
            groups.withLock { groups in
                for row in rows.newest(dataset: collector.id) {
                    if let values = try? StreamedTables.values(row, columns, kind: kind) { attributes.upsert(values) }
                }
                groups[group]?.attributes[kind] = attributes
            }
        }
    }

    /// Reads again what could not be read and may be readable now.
    package func readAgain() {
        let failed = groups.withLock { groups in
            groups.flatMap { group in group.value.failures.filter { $0.value.storedFile?.mayPass ?? true }.map { (group.key, $0.key) } }
        }
        guard !failed.isEmpty else { return }
        preparing.withLock { _ in for (group, kind) in failed { read(kind, group: group) } }
    }

    /// Lets go of the numberings of models that nothing serves from.
    package func forgetNumberings(except models: Set<ModelID>) {
        numberings.withLock { numberings in numberings = numberings.filter { models.contains($0.key) } }
    }

    package func forget(group: DatasetGroupID, _: borrowing Committed) {
        groups.withLock { _ = $0.removeValue(forKey: group) }
    }

    package func removeAll(_: borrowing Committed) {
        groups.withLock { $0.removeAll() }
        numberings.withLock { $0.removeAll() }
    }

    /// The rows of a dataset of items, users or actions, bulk and streamed, newest of each id: what training and exports read.
    package func table(_ dataset: DatasetID, _ kind: DatasetKind, _ columns: [ColumnSpec]) throws(ServiceError) -> Table {
        let bulk = try datasets.table(dataset) ?? Table(columns)
        let streamed = rows.newest(dataset: dataset)
        if streamed.isEmpty, bulk.specs == columns { return bulk }
        return bulk.merging(StreamedTables.table(streamed, columns, kind: kind), mode: .incremental, kind: kind)
    }

    // MARK: Asked by the data plane

    /// Keeps streamed rows: in the log, and where filters and metadata see them.
    /// - Parameter values: the rows' values by the columns of the dataset's schema.
    func put(_ fresh: [StreamedRow], _ values: [[Value]], into collector: Serving.IngestionTarget) throws(ServiceError) -> PendingWrite {
        let write = try rows.append(fresh, dataset: collector.id)
        groups.withLock { groups in
            guard let attributes = groups[collector.group]?.attributes[collector.kind] else { return }
            for row in values { attributes.upsert(row) }
        }
        return write
    }

    /// What filters of a dataset group read.
    /// - Throws: `InternalFailure` when one of the group's datasets could not be read.
    package func sources(group: DatasetGroupID) throws(ServiceError) -> FilterSources {
        try groups.withLock { groups throws(ServiceError) in
            if let failure = groups[group]?.failures.first?.value { throw failure }
            return FilterSources(attributes: groups[group]?.attributes ?? [:], events: groups[group]?.events ?? [:])
        }
    }

    package func attributes(_ kind: DatasetKind, group: DatasetGroupID) throws(ServiceError) -> Attributes? {
        try groups.withLock { groups throws(ServiceError) in
            if let failure = groups[group]?.failures[kind] { throw failure }
            return groups[group]?.attributes[kind]
        }
    }

    package func userEvents(_ kind: DatasetKind, group: DatasetGroupID) throws(ServiceError) -> UserEvents? {
        try groups.withLock { groups throws(ServiceError) in
            if let failure = groups[group]?.failures[kind] { throw failure }
            return groups[group]?.events[kind]
        }
    }

    /// A model's items, or actions, for filters to choose among.
    package func subjects(of model: TrainedModel, _ id: ModelID, _ kind: DatasetKind, group: DatasetGroupID) throws(ServiceError) -> FilterSubjects {
        let attributes = try attributes(kind, group: group)
        return numberings.withLock { numberings in
            if let known = numberings[id], known.model === model, known.subjects.attributes === attributes { return known.subjects }
            if numberings.count >= Self.maximumNumberings { numberings.removeAll() }
            let fresh = FilterSubjects(kind == .actions ? model.actionIds : model.items, attributes)
            numberings[id] = Numbering(model: model, subjects: fresh)
            return fresh
        }
    }

    /// Models whose numbering is kept at a time.
    private static let maximumNumberings = 64
}

extension Table {
    /// The same rows under the schema of today, which may have got more columns since they were imported.
    fileprivate func conformed(to columns: [ColumnSpec], kind: DatasetKind) -> Table {
        specs == columns ? self : merging(Table(columns), mode: .incremental, kind: kind)
    }
}
