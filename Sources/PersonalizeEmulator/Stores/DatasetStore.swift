package import Logging
package import Recommend
import ServiceKit
import Synchronization
package import Wire

/// The bulk rows of datasets, by the dataset's id: each in a file of its own and read from there, or in memory when there is no data directory.
///
/// No file, nothing imported. A file that cannot be read, or is gone although something was imported, is an error to whoever wants its rows,
/// and nothing is written over it.
package final class DatasetStore: Sendable {
    private struct State {
        /// Only without a data directory.
        var tables: [DatasetID: Table] = [:]
        /// The datasets into which something was imported.
        var filled: Set<DatasetID> = []
        /// What was logged of a file last, so that each failure is told once.
        var reported: [DatasetID: String] = [:]
        /// How often rows were put in the place of others since the start, and which time was the last for each dataset.
        var changes = 0
        var versions: [DatasetID: Int] = [:]

        mutating func note(change dataset: DatasetID) {
            changes += 1
            versions[dataset] = changes
        }
    }

    private let directory: String?
    private let log: Logger
    private let state = Mutex(State())

    package init(directory: String?, log: Logger = Logger(label: "datasets") { _ in SwiftLogNoOpLogHandler() }) {
        self.directory = directory
        self.log = log
    }

    private func path(_ dataset: DatasetID) -> String? {
        directory.map { "\($0)/\(dataset).table" }
    }

    /// Told at start-up which datasets something was imported into: their files must be there.
    package func expect(_ datasets: Set<DatasetID>) {
        state.withLock { $0.filled.formUnion(datasets) }
    }

    /// Whether anything was ever imported.
    package func hasBulkRows(_ dataset: DatasetID) -> Bool {
        if state.withLock({ $0.filled.contains(dataset) || $0.tables[dataset] != nil }) { return true }
        return path(dataset).map(Directory.exists) ?? false
    }

    /// The rows of a dataset; nil when nothing was imported.
    /// - Throws: `InternalFailure` with the `StoredFileFailure` as its cause.
    package func table(_ dataset: DatasetID) throws(ServiceError) -> Table? {
        guard let path = path(dataset) else { return state.withLock { $0.tables[dataset] } }
        do {
            let table = try Table.load(from: path, owner: dataset.rawValue)
            state.withLock { _ = $0.reported.removeValue(forKey: dataset) }
            return table
        } catch {
            if error.kind == .absent, !state.withLock({ $0.filled.contains(dataset) }) { return nil }
            throw report(StoredFileFailure(error), of: dataset)
        }
    }

    private func report(_ failure: StoredFileFailure, of dataset: DatasetID) -> ServiceError {
        let isNews = state.withLock { state in
            defer { state.reported[dataset] = failure.reason }
            return state.reported[dataset] != failure.reason
        }
        if isNews { log.error("a table cannot be read", metadata: ["file": "\(failure.file)", "reason": "\(failure.reason)"]) }
        return .internalFailure(failure)
    }

    /// Puts rows in the place of whatever the dataset held; the file is replaced as a whole, and one that cannot be read is set aside first.
    package func replace(_ dataset: DatasetID, with table: Table) throws(ServiceError) {
        guard let directory, let path = path(dataset) else {
            return state.withLock { state in
                state.tables[dataset] = table
                state.note(change: dataset)
            }
        }
        do {
            try Directory.create(directory)
            try setAsideIfUnreadable(dataset, path)
            try table.save(to: path, owner: dataset.rawValue)
        } catch let error as Recommend.FileFailure {
            throw .internalFailure(StoredFileFailure(error))
        } catch {
            throw .internalFailure(error)
        }
        state.withLock { state in
            state.filled.insert(dataset)
            state.reported[dataset] = nil
            state.note(change: dataset)
        }
    }

    /// A number that is another once the rows of a dataset are others; it holds in this process only.
    func version(of dataset: DatasetID) -> Int { state.withLock { $0.versions[dataset] ?? 0 } }

    /// Notes that other rows than those of the file have changed.
    func touch(_ dataset: DatasetID) { state.withLock { $0.note(change: dataset) } }

    private func setAsideIfUnreadable(_ dataset: DatasetID, _ path: String) throws {
        guard state.withLock({ $0.reported[dataset] != nil }), Directory.exists(path) else { return }
        do {
            _ = try Table.load(from: path, owner: dataset.rawValue)
        } catch {
            let aside = try Directory.setAside(path)
            log.warning("a table that cannot be read was set aside", metadata: ["file": "\(path)", "as": "\(aside)", "reason": "\(error.reason)"])
        }
    }

    /// Writes the tables that only memory has into a folder, as a store with files has them.
    package func copy(to folder: String) throws {
        for (dataset, table) in state.withLock({ $0.tables }) { try table.save(to: "\(folder)/\(dataset).table", owner: dataset.rawValue) }
    }

    package func remove(_ dataset: DatasetID) {
        state.withLock { state in
            state.tables[dataset] = nil
            state.filled.remove(dataset)
            state.reported[dataset] = nil
            state.versions[dataset] = nil
        }
        guard let directory else { return }
        NumberedFiles.remove(dataset, from: directory)
    }

    /// At start-up: removes what belongs to no dataset any more, which a crash left between a deletion and its files.
    /// - Parameter newest: the newest id that the database knows to have been given.
    /// - Returns: the names of files that it does not know; they stay.
    package func keep(only datasets: Set<DatasetID>, newest: Int64) -> [String] {
        directory.map { NumberedFiles.sweep($0, keeping: datasets, newest: newest) } ?? []
    }

    package func removeAll() {
        state.withLock { state in
            let changes = state.changes
            state = State()
            state.changes = changes
        }
        if let directory { NumberedFiles.removeAll(directory) }
    }
}
