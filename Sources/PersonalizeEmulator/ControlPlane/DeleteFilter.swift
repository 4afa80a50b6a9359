import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func deleteFilter(_ input: Personalize.DeleteFilterRequest, _ call: Call) throws(ServiceError) {
        try resources(call) { table in
            let filter = try table.settled(input.filterArn, as: Personalize.Filter.self, call)
            if let job = try jobInFlight(using: filter.arn, table) { throw ServiceError.inUse(filter.arn, by: job) }
            try table.delete(filter, delay: configuration.jobDelay)
            table.afterCommit { [serving] in serving.stop(filter: filter.arn, $0) }
        }
    }

    /// A batch job that reads a filter and is not done.
    private func jobInFlight(using filter: String, _ table: ResourceTable) throws -> String? {
        let inference = try table.list(Personalize.BatchInferenceJob.self).first { $0.body.filterArn == filter && !$0.lifecycle.status.isSettled }
        if let inference { return inference.arn }
        return try table.list(Personalize.BatchSegmentJob.self).first { $0.body.filterArn == filter && !$0.lifecycle.status.isSettled }?.arn
    }
}
