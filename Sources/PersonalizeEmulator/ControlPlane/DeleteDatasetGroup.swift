import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func deleteDatasetGroup(_ input: Personalize.DeleteDatasetGroupRequest, _ call: Call) throws(ServiceError) {
        let arn = input.datasetGroupArn
        try resources(call) { table in
            try ResourceTable.checkOwner(of: arn, call)
            guard try table.find(arn, as: Personalize.DatasetGroup.self) != nil else {
                throw ServiceError.Personalize.resourceNotFound("The given dataset group does not exist: \(arn)")
            }
            let group = try table.settled(arn, as: Personalize.DatasetGroup.self, call)
            if let tracker = try table.list(Personalize.EventTracker.self, parent: arn).first { throw ServiceError.inUse(arn, by: tracker.arn) }
            if let dataset = try table.list(Personalize.Dataset.self, parent: arn).first { throw ServiceError.inUse(arn, by: dataset.arn) }
            if let solution = try table.list(Personalize.Solution.self, parent: arn).first { throw ServiceError.inUse(arn, by: solution.arn) }
            if let recommender = try table.list(Personalize.Recommender.self, parent: arn).first {
                throw ServiceError.inUse(arn, by: recommender.arn)
            }
            if let metrics = try table.list(Personalize.MetricAttribution.self, parent: arn).first { throw ServiceError.inUse(arn, by: metrics.arn) }
            for job in try table.list(Personalize.DataDeletionJob.self, parent: arn) { try table.remove(job) }
            for filter in try table.list(Personalize.Filter.self, parent: arn) {
                try table.remove(filter)
                table.afterCommit { [serving] in serving.stop(filter: filter.arn, $0) }
            }
            try table.delete(group, delay: configuration.jobDelay)
            table.afterCommit { [attributeIndex] in attributeIndex.forget(group: group.id, $0) }
        }
    }
}
