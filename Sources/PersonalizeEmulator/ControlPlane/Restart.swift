import Logging
import SQLite
import ServiceKit
import Shapes
import Wire

/// What is done with the resources of every account when the server starts, and when it is told to forget them.
extension PersonalizeService {
    /// Every account and region that has resources.
    private func owners(_ database: Database) throws -> [Call] {
        try database.fetchAll("SELECT DISTINCT account, region FROM resource ORDER BY account, region").map {
            try Call(account: $0[0], region: $0[1], now: time.now, requestID: "restart")
        }
    }

    func forEachOwner(_ body: (ResourceTable, Call) throws -> Void) throws(ServiceError) {
        try store.write { transaction in
            for call in try owners(transaction.database) { try body(ResourceTable(transaction, call), call) }
        }
    }

    /// Tells the data plane of every tracker, campaign and dataset.
    /// - Returns: the datasets that exist, whose events are to be taken from the log.
    func restoreServing() throws(ServiceError) -> Set<DatasetID> {
        var kept: Set<DatasetID> = []
        var versions: Set<ModelID> = []
        var filled: Set<DatasetID> = []
        try forEachOwner { table, call in
            try readAll(table)
            var groups: [String: DatasetGroupID] = [:]
            for group in try table.list(Personalize.DatasetGroup.self) { groups[group.arn] = group.id }
            for dataset in try table.list(Personalize.Dataset.self) {
                kept.insert(dataset.id)
                let imports = try table.list(Personalize.DatasetImportJob.self, parent: dataset.arn)
                if imports.contains(where: { $0.lifecycle.status == .active }) { filled.insert(dataset.id) }
                guard let group = groups[dataset.parent ?? ""] else { continue }
                try collect(into: dataset, schema: table.schema(of: dataset, call), group: group, table)
            }
            for tracker in try table.list(Personalize.EventTracker.self) {
                if let group = groups[tracker.parent ?? ""] { table.afterCommit { [serving] in serving.serve(tracker, group: group, $0) } }
            }
            for attribution in try table.list(Personalize.MetricAttribution.self) {
                if let group = groups[attribution.parent ?? ""] { try serve(metricsOf: attribution.arn, group: group, table) }
            }
            for filter in try table.list(Personalize.Filter.self) {
                guard let group = groups[filter.parent ?? ""] else { continue }
                let expression = filter.body.filterExpression ?? ""
                table.afterCommit { [serving] committed in
                    let plan = try? serving.plan(expression, group: group)
                    let served = ServedFilter(arn: filter.arn, group: group, lifecycle: filter.lifecycle, expression: expression, plan: plan)
                    serving.serve(served, committed)
                }
            }
            for version in try table.list(Personalize.SolutionVersion.self) { versions.insert(version.id.model) }
            for campaign in try table.list(Personalize.Campaign.self) {
                try restore(campaign, table, call)
            }
            for recommender in try table.list(Personalize.Recommender.self) {
                versions.formUnion(try restore(recommender, table, call))
            }
        }
        let newest = store.newestID(of: .resource)
        let unclaimed =
            datasets.keep(only: kept, newest: newest).map { "datasets/\($0)" } + models.keep(only: versions, newest: newest).map { "models/\($0)" }
        datasets.expect(filled)
        try setAside(unclaimed)
        return kept
    }

    private func setAside(_ files: [String]) throws(ServiceError) {
        guard let directory = store.directory else { return }
        do {
            try UnclaimedFiles(directory: directory, log: log).setAside(files)
        } catch {
            throw .internalFailure(error)
        }
    }

    /// Reads every resource of an owner, so that a row that cannot be read is found now and not by the request that needs it.
    private func readAll(_ table: ResourceTable) throws {
        func read<Body: ResourceBody>(_ type: Body.Type) throws { _ = try table.list(type) }
        for type in ResourceKinds.all { try read(type) }
    }

    private func restore(_ campaign: Resource<Personalize.Campaign>, _ table: ResourceTable, _ call: Call) throws {
        guard campaign.lifecycle.status != .deletePending, campaign.lifecycle.status != .deleteInProgress else { return }
        guard let model = campaign.model, let version = try table.find(id: model.solutionVersion) else { return }
        try serving.deploy(campaign, version, table, call)
        guard let update = try table.update(of: campaign), !update.lifecycle.status.isSettled, let next = update.model,
            let version = try table.find(id: next.solutionVersion)
        else { return }
        var changed = campaign
        changed.body.take(update.body)
        try serving.deploy(changed, version, update: update.lifecycle, table, call)
    }

    /// - Returns: the ids of the models that it needs.
    private func restore(_ recommender: Resource<Personalize.Recommender>, _ table: ResourceTable, _ call: Call) throws -> [ModelID] {
        guard recommender.lifecycle.status != .deletePending, recommender.lifecycle.status != .deleteInProgress else { return [] }
        try serving.deploy(recommender, table, call)
        let update = try table.update(of: recommender)
        if let update, !update.lifecycle.status.isSettled, !update.lifecycle.needsWork {
            var changed = recommender
            changed.body.take(update.body)
            try serving.deploy(changed, model: update.model, update: update.lifecycle, table, call)
        }
        return [recommender.model, update?.model].compactMap(\.self)
    }

    /// Starts again the work that the last run did not finish, oldest first.
    func resumeWork() {
        do throws(ServiceError) {
            try forEachOwner { table, call in
                try resume(Personalize.DatasetImportJob.self, work.datasetImport, table, call)
                try resume(Personalize.SolutionVersion.self, work.training, table, call)
                for recommender in try table.list(Personalize.Recommender.self) {
                    if recommender.lifecycle.needsWork { queue.start(work.recommender, recommender.arn, table, call) }
                    if try table.update(of: recommender)?.lifecycle.needsWork == true {
                        queue.start(work.recommenderUpdate, recommender.arn, table, call)
                    }
                }
                try resume(Personalize.DatasetExportJob.self, work.export, table, call)
                try resume(Personalize.DataDeletionJob.self, work.deletion, table, call)
                try resume(Personalize.BatchInferenceJob.self, work.batchInference, table, call)
                try resume(Personalize.BatchSegmentJob.self, work.batchSegment, table, call)
            }
        } catch {
            log.error("unfinished work could not be found", metadata: ["cause": "\(error.cause.map { "\($0)" } ?? error.code)"])
        }
    }

    private func resume<Body: ResourceBody>(_ type: Body.Type, _ work: any ResourceWork, _ table: ResourceTable, _ call: Call) throws {
        for resource in try table.list(type) where resource.lifecycle.needsWork { queue.start(work, resource.arn, table, call) }
    }

    /// Removes every resource of every account inside the transaction of a reset; nothing of them is served once it is committed, and
    /// `forget` follows.
    func clear(_ transaction: Transaction) throws {
        try transaction.database.execute(script: "DELETE FROM resource; DELETE FROM tag")
        transaction.afterCommit { [serving, attributeIndex] committed in
            serving.removeAll(committed)
            attributeIndex.removeAll(committed)
        }
    }

    /// Files and models of what a reset removed go.
    func forget() {
        queue.removeAll()
        summaries.removeAll()
        datasets.removeAll()
        models.removeAll()
    }
}
