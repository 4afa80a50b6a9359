import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func deleteSolution(_ input: Personalize.DeleteSolutionRequest, _ call: Call) throws(ServiceError) {
        try resources(call) { table in
            let solution = try table.settled(input.solutionArn, as: Personalize.Solution.self, call)
            if let campaign = try table.list(Personalize.Campaign.self, parent: solution.arn).first {
                throw ServiceError.inUse(solution.arn, by: campaign.arn)
            }
            // A campaign on its way to a version of this solution is still listed under the one that it leaves.
            if let campaign = try table.list(Personalize.Campaign.self).first(where: { $0.body.isMoving(toVersionOf: solution.arn) }) {
                throw ServiceError.inUse(solution.arn, by: campaign.arn)
            }
            let versions = try table.list(Personalize.SolutionVersion.self, parent: solution.arn)
            if let version = versions.first(where: { !$0.lifecycle.status.isSettled }) { throw ServiceError.inUse(solution.arn, by: version.arn) }
            for version in versions {
                let jobs = try table.list(Personalize.BatchInferenceJob.self, parent: version.arn)
                if let job = jobs.first(where: { !$0.lifecycle.status.isSettled }) { throw ServiceError.inUse(solution.arn, by: job.arn) }
                let segments = try table.list(Personalize.BatchSegmentJob.self, parent: version.arn)
                if let job = segments.first(where: { !$0.lifecycle.status.isSettled }) { throw ServiceError.inUse(solution.arn, by: job.arn) }
            }
            for version in versions {
                try table.remove(version)
                try SolutionMetrics.remove(version.id.model, table.database)
            }
            try table.delete(solution, delay: configuration.jobDelay)
            table.afterCommit { [models] _ in for version in versions { models.remove(version.id.model) } }
        }
    }
}

extension Personalize.Campaign {
    /// Whether an update that is under way deploys a version of this solution.
    fileprivate func isMoving(toVersionOf solution: String) -> Bool {
        updateStatus?.isSettled == false && latestCampaignUpdate?.solutionVersionArn?.hasPrefix(solution + "/") == true
    }
}
