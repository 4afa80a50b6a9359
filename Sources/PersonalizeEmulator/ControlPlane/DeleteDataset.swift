import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func deleteDataset(_ input: Personalize.DeleteDatasetRequest, _ call: Call) throws(ServiceError) {
        try resources(call) { table in
            let dataset = try table.settled(input.datasetArn, as: Personalize.Dataset.self, call)
            let imports = try table.list(Personalize.DatasetImportJob.self, parent: dataset.arn)
            if let job = imports.first(where: { !$0.lifecycle.status.isSettled }) { throw ServiceError.inUse(dataset.arn, by: job.arn) }
            let exports = try table.list(Personalize.DatasetExportJob.self, parent: dataset.arn)
            if let job = exports.first(where: { !$0.lifecycle.status.isSettled }) { throw ServiceError.inUse(dataset.arn, by: job.arn) }
            let deletions = try table.list(Personalize.DataDeletionJob.self, parent: dataset.parent)
            if let job = deletions.first(where: { !$0.lifecycle.status.isSettled }) { throw ServiceError.inUse(dataset.arn, by: job.arn) }
            let recommenders = try table.list(Personalize.Recommender.self, parent: dataset.parent)
            if let recommender = recommenders.first(where: { $0.lifecycle.needsWork || $0.body.updateStatus?.isSettled == false }) {
                throw ServiceError.inUse(dataset.arn, by: recommender.arn)
            }
            for solution in try table.list(Personalize.Solution.self, parent: dataset.parent) {
                let versions = try table.list(Personalize.SolutionVersion.self, parent: solution.arn)
                if let version = versions.first(where: { !$0.lifecycle.status.isSettled }) {
                    throw ServiceError.inUse(dataset.arn, by: version.arn)
                }
            }
            for job in imports {
                try table.remove(job)
                try RejectedRows.remove(job.arn, table.database)
            }
            for job in exports { try table.remove(job) }
            try table.delete(dataset, delay: configuration.jobDelay)
            try forget(dataset, table)
        }
        served.prepare()
    }

    /// What memory and the files have of a dataset goes once the transaction is committed.
    private func forget(_ dataset: Resource<Personalize.Dataset>, _ table: ResourceTable) throws {
        table.afterCommit { [serving, events, rows, datasets, summaries] committed in
            serving.stop(collecting: dataset.arn, committed)
            events.remove(dataset: dataset.id, committed)
            rows.remove(dataset: dataset.id, committed)
            datasets.remove(dataset.id)
            summaries.forget(dataset.id)
        }
        try served.changed(dataset, table)
    }
}
