package import Logging
package import Recommend
package import ServiceKit
import Synchronization
package import Wire

/// Trained models, by the id of their solution version or recommender: each in a file of its own when there is a data directory.
///
/// With one, memory holds on to those that are deployed; others are read when they are asked for and go when nobody uses them any more.
package final class ModelStore: Sendable {
    private struct Entry {
        /// Held until ``trim(keeping:)`` finds that it is not deployed.
        var held: TrainedModel?
        weak var known: TrainedModel?

        init(_ model: TrainedModel) {
            held = model
            known = model
        }
    }

    private let directory: String?
    private let log: Logger
    private let entries = Mutex<[ModelID: Entry]>([:])
    /// What was wrong with a file, and how it stood then: it is not read again for every request that asks for it.
    private let failures = Mutex<[ModelID: (state: FileState, failure: StoredFileFailure)]>([:])
    /// Held while a file is read, so that two who want it do not both read it.
    private let reading = Mutex(())

    package init(directory: String?, log: Logger = Logger(label: "models") { _ in SwiftLogNoOpLogHandler() }) {
        self.directory = directory
        self.log = log
    }

    private func path(_ version: ModelID) -> String? {
        directory.map { "\($0)/\(version).model" }
    }

    /// The model of an id; nil when there is none.
    /// - Throws: `InternalFailure` with the `StoredFileFailure` as its cause when there is one that cannot be read.
    package func model(_ version: ModelID) throws(ServiceError) -> TrainedModel? {
        if let model = known(version) { return model }
        guard let path = path(version) else { return nil }
        return try reading.withLock { (_: inout Void) throws(ServiceError) -> TrainedModel? in
            if let model = known(version) { return model }
            if let found = failures.withLock({ $0[version] }), FileState(path: path) == found.state { throw .internalFailure(found.failure) }
            do throws(Recommend.FileFailure) {
                let model = try LargeAllocations.mapped { () throws(Recommend.FileFailure) in
                    try TrainedModel.load(from: path, owner: version.rawValue)
                }
                entries.withLock { $0[version] = Entry(model) }
                return model
            } catch {
                if error.kind == .absent { return nil }
                let failure = StoredFileFailure(error)
                if !failure.mayPass, let state = FileState(path: path) { failures.withLock { $0[version] = (state, failure) } }
                log.error("a model cannot be read", metadata: ["file": "\(failure.file)", "reason": "\(failure.reason)"])
                throw .internalFailure(failure)
            }
        }
    }

    private func known(_ version: ModelID) -> TrainedModel? {
        entries.withLock { $0[version]?.known }
    }

    /// Keeps a model in the place of the one that the id had.
    package func put(_ model: TrainedModel, as version: ModelID) throws(ServiceError) {
        if let directory, let path = path(version) {
            do {
                try Directory.create(directory)
                try model.save(to: path, owner: version.rawValue)
            } catch let error as Recommend.FileFailure {
                throw .internalFailure(StoredFileFailure(error))
            } catch {
                throw .internalFailure(error)
            }
        }
        entries.withLock { $0[version] = Entry(model) }
    }

    /// Writes the models that only memory has into a folder, as a store with files has them.
    package func copy(to folder: String) throws {
        guard directory == nil else { return }
        let models: [ModelID: TrainedModel] = entries.withLock { $0.compactMapValues { $0.known } }
        for (version, model) in models { try model.save(to: "\(folder)/\(version).model", owner: version.rawValue) }
    }

    package func remove(_ version: ModelID) {
        entries.withLock { _ = $0.removeValue(forKey: version) }
        if let path = path(version) { Directory.removeFile(path) }
    }

    /// Lets go of the models that are not deployed, if there are files to read them from again.
    package func trim(keeping deployed: Set<ModelID>) {
        guard directory != nil else { return }
        entries.withLock { entries in
            for id in entries.keys where !deployed.contains(id) { entries[id]?.held = nil }
            entries = entries.filter { $0.value.known != nil }
        }
    }

    /// The ids of the models that memory holds on to.
    package var resident: Set<ModelID> {
        entries.withLock { Set($0.filter { $0.value.held != nil }.keys) }
    }

    /// At start-up: removes the files of what was deleted.
    /// - Parameter newest: the newest id that the database knows to have been given.
    /// - Returns: the names of files that it does not know; they stay.
    package func keep(only versions: Set<ModelID>, newest: Int64) -> [String] {
        directory.map { NumberedFiles.sweep($0, keeping: versions, newest: newest) } ?? []
    }

    package func removeAll() {
        entries.withLock { $0.removeAll() }
        if let directory { NumberedFiles.removeAll(directory) }
    }
}
