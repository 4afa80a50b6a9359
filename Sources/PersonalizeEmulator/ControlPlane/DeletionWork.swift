import Logging
import Recommend
import ServiceKit
import Shapes
import Wire

/// The work of a data deletion job: users vanish from datasets, from what was streamed, and from models.
struct DeletionWork: ResourceWork {
    typealias Body = Personalize.DataDeletionJob

    let context: WorkContext
    let datasets: DatasetStore
    let events: EventStore
    let rows: StreamedRows
    let models: ModelStore
    let served: ServedData

    /// Of all files together.
    private static let maximumInput = 100 << 20

    func run(_ arn: String, _ call: Call) throws(ServiceError) {
        let found = try resources(call) { table -> (Resource<Personalize.DataDeletionJob>, [Resource<Personalize.Dataset>])? in
            guard let job = try table.find(arn, as: Personalize.DataDeletionJob.self), job.lifecycle.needsWork else { return nil }
            return (job, try table.list(Personalize.Dataset.self, parent: job.body.datasetGroupArn))
        }
        guard let (job, all) = found else { return }
        log.info("deletion started", metadata: ["job": "\(arn)"])
        do throws(JobFailure) {
            let users = try usersToDelete(job.body.dataSource?.dataLocation ?? "", call)
            if jobs.isStopping { return }
            let count: Int
            do throws(ServiceError) {
                // Written down before anything goes, so that a job that is cut off and run again does not count what is left only.
                if let number = job.body.numDeleted { count = number } else { count = try counted(users, in: all) }
                try resources(call) { table in
                    guard var job = try table.find(arn, as: Personalize.DataDeletionJob.self) else { return }
                    job.body.numDeleted = count
                    try table.update(job)
                }
                for dataset in all {
                    let deleted = try delete(users, from: dataset, call)
                    log.debug("\(deleted) records deleted", metadata: ["job": "\(arn)", "dataset": "\(dataset.arn)"])
                    if jobs.isStopping { return }
                }
                for model in try modelsOf(group: job.body.datasetGroupArn ?? "", call) {
                    defer { served.letGo() }
                    guard let trained = try models.model(model), trained.names(anyOf: users) else { continue }
                    try models.put(trained.forgetting(users), as: model)
                }
            } catch {
                throw .internal(error)
            }
            log.info("deletion finished", metadata: ["job": "\(arn)", "users": "\(users.count)", "records": "\(count)"])
            try succeed(arn, call)
        } catch {
            try fail(arn, error, call)
        }
    }

    /// The ids in every CSV file of a location.
    private func usersToDelete(_ path: String, _ call: Call) throws(JobFailure) -> Set<String> {
        let (bucket, keys) = try files.inputKeys(path, call)
        let files = keys.count == 1 && !(ObjectLocation(path)?.isFolder ?? true) ? keys : keys.filter { $0.lowercased().hasSuffix(".csv") }
        guard !files.isEmpty else { throw JobFailure(reason: "No files were found at \(path).") }
        var reader = CSVImport([ColumnSpec("USER_ID", .string, nullable: false, categorical: false, textual: false)])
        var size = 0
        do throws(ServiceError) {
            for key in files {
                reader.startFile("s3://\(bucket)/\(key)")
                try self.files.objects.read(bucket: bucket, key: key, account: call.account) { bytes in
                    size += bytes.count
                    bytes.withUnsafeBufferPointer { reader.feed($0) }
                    return size <= Self.maximumInput && !jobs.isStopping
                }
            }
        } catch {
            throw JobFiles.unreadable(error)
        }
        guard size <= Self.maximumInput else { throw JobFailure(reason: "The files are larger than 100 MB together.") }
        do {
            let table = try reader.finish()
            guard let ids = table.column("USER_ID")?.dictionary else { return [] }
            return Set((0..<Int32(ids.count)).map { ids[$0] })
        } catch {
            throw JobFailure(reason: error.reason)
        }
    }

    /// How many records the users have, bulk and streamed.
    private func counted(_ users: Set<String>, in all: [Resource<Personalize.Dataset>]) throws(ServiceError) -> Int {
        var count = 0
        for dataset in all {
            guard let kind = DatasetKind(dataset.body.datasetType ?? ""), kind == .users || kind.key == nil else { continue }
            count += try datasets.table(dataset.id)?.removing(users, in: "USER_ID").removed ?? 0
            count +=
                kind == .users
                ? rows.all(dataset: dataset.id).count { users.contains($0.id) }
                : try events.all(dataset: dataset.id).count { users.contains($0.historyKey) }
        }
        return count
    }

    /// - Returns: how many records were removed.
    private func delete(_ users: Set<String>, from dataset: Resource<Personalize.Dataset>, _ call: Call) throws(ServiceError) -> Int {
        guard let kind = DatasetKind(dataset.body.datasetType ?? ""), kind == .users || kind.key == nil else { return 0 }
        var count = 0
        if let bulk = try datasets.table(dataset.id) {
            let (left, removed) = bulk.removing(users, in: "USER_ID")
            if removed > 0 { try datasets.replace(dataset.id, with: left) }
            count += removed
        }
        let streamed = kind == .users ? try rows.remove(Array(users), dataset: dataset.id) : try events.remove(Array(users), dataset: dataset.id)
        try streamed.write.wait()
        count += streamed.count
        if count > 0 {
            datasets.touch(dataset.id)
            try served.changed(dataset, call)
        }
        return count
    }

    /// The ids of every model that was trained from a dataset group.
    private func modelsOf(group: String, _ call: Call) throws(ServiceError) -> [ModelID] {
        try resources(call) { table in
            var ids: [ModelID] = []
            for solution in try table.list(Personalize.Solution.self, parent: group) {
                ids += try table.list(Personalize.SolutionVersion.self, parent: solution.arn).map(\.id.model)
            }
            for recommender in try table.list(Personalize.Recommender.self, parent: group) {
                ids += [recommender.model, try table.update(of: recommender)?.model].compactMap(\.self)
            }
            return ids
        }
    }
}
