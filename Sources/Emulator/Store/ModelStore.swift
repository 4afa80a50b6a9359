package import Recommend
import Synchronization
package import Wire

/// Trained models, by the id of their solution version: in memory once used, and each in a file of its own when there is a data directory.
package final class ModelStore: Sendable {
    private let directory: String?
    private let models = Mutex<[Int64: TrainedModel]>([:])

    package init(directory: String?) {
        self.directory = directory
    }

    private func path(_ version: Int64) -> String? {
        directory.map { "\($0)/\(version).model" }
    }

    package func model(_ version: Int64) -> TrainedModel? {
        models.withLock { models in
            if let model = models[version] { return model }
            guard let path = path(version), let model = try? TrainedModel.load(from: path) else { return nil }
            models[version] = model
            return model
        }
    }

    package func put(_ model: TrainedModel, as version: Int64) throws(ServiceError) {
        if let directory, let path = path(version) {
            do {
                try Directory.create(directory)
                try model.save(to: path)
            } catch {
                throw .internalFailure(error)
            }
        }
        models.withLock { $0[version] = model }
    }

    package func remove(_ version: Int64) {
        models.withLock { _ = $0.removeValue(forKey: version) }
        if let path = path(version) { Directory.removeFile(path) }
    }

    /// Removes what belongs to no solution version any more.
    package func keep(only versions: Set<Int64>) {
        guard let directory else { return }
        for name in Directory.names(directory) {
            let id = Int64(name.prefix { $0 != "." })
            if id.map({ !versions.contains($0) }) ?? true { Directory.removeFile("\(directory)/\(name)") }
        }
    }

    package func removeAll() {
        let ids = models.withLock { Array($0.keys) }
        for id in ids { remove(id) }
        keep(only: [])
    }
}
