package import Recommend
import Synchronization
package import Wire

/// The bulk rows of datasets, by the dataset's id: in memory, and each in a file of its own when there is a data directory.
package final class DatasetStore: Sendable {
    private let directory: String?
    private let tables = Mutex<[Int64: Table]>([:])

    package init(directory: String?) {
        self.directory = directory
    }

    private func path(_ dataset: Int64) -> String? {
        directory.map { "\($0)/\(dataset).table" }
    }

    /// Whether anything was ever imported.
    package func hasBulkRows(_ dataset: Int64) -> Bool {
        table(dataset) != nil
    }

    /// The rows of a dataset; read from its file when they are not in memory yet.
    package func table(_ dataset: Int64) -> Table? {
        tables.withLock { tables in
            if let table = tables[dataset] { return table }
            guard let path = path(dataset), let table = try? Table.load(from: path) else { return nil }
            tables[dataset] = table
            return table
        }
    }

    /// Puts rows in the place of whatever the dataset held; the file is replaced as a whole.
    package func replace(_ dataset: Int64, with table: Table) throws(ServiceError) {
        if let directory, let path = path(dataset) {
            do {
                try Directory.create(directory)
                try table.save(to: path)
            } catch {
                throw .internalFailure(error)
            }
        }
        tables.withLock { $0[dataset] = table }
    }

    package func remove(_ dataset: Int64) {
        tables.withLock { _ = $0.removeValue(forKey: dataset) }
        if let path = path(dataset) { Directory.removeFile(path) }
    }

    /// Removes what belongs to no dataset any more: what a crash left between a deletion and its files.
    package func keep(only datasets: Set<Int64>) {
        guard let directory else { return }
        for name in Directory.names(directory) {
            let id = Int64(name.prefix { $0 != "." })
            if id.map({ !datasets.contains($0) }) ?? true { Directory.removeFile("\(directory)/\(name)") }
        }
    }

    package func removeAll() {
        let ids = tables.withLock { Array($0.keys) }
        for id in ids { remove(id) }
        keep(only: [])
    }
}
