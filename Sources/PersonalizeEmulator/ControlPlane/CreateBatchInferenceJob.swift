import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func createBatchInferenceJob(
        _ input: Personalize.CreateBatchInferenceJobRequest,
        _ call: Call
    ) throws(ServiceError) -> Personalize.CreateBatchInferenceJobResponse {
        let arn = ARN.personalize("batch-inference-job/\(input.jobName)", call)
        try BatchRules.checkPaths(input: input.jobInput.s3DataSource.path, output: input.jobOutput.s3DataDestination.path)
        try BatchRules.check(results: input.numResults, maximum: BatchRules.maximumItems)
        try resources(call) { table in
            let version = try table.active(input.solutionVersionArn, as: Personalize.SolutionVersion.self, call)
            try table.checkIsNew(arn, as: Personalize.BatchInferenceJob.self)
            try BatchRules.checkInference(version.body.recipeArn)
            try BatchRules.checkMode(input, version.body.recipeArn)
            try CampaignSettings.check(exploration: input.batchInferenceJobConfig?.itemExplorationConfig, version.body.recipeArn)
            try CampaignSettings.check(influence: input.batchInferenceJobConfig?.rankingInfluence, version.body.recipeArn)
            try checkFilter(input.filterArn, group: version.body.datasetGroupArn, table, call)
            try configuration.quotas.check(
                .pendingBatchInference,
                has: try table.list(Personalize.BatchInferenceJob.self).count { !$0.lifecycle.status.isSettled }
            )
            let body = Personalize.BatchInferenceJob(
                jobName: input.jobName,
                batchInferenceJobArn: arn,
                filterArn: input.filterArn,
                solutionVersionArn: version.arn,
                numResults: input.numResults,
                jobInput: input.jobInput,
                jobOutput: input.jobOutput,
                batchInferenceJobConfig: input.batchInferenceJobConfig,
                roleArn: input.roleArn,
                batchInferenceJobMode: input.batchInferenceJobMode ?? "BATCH_INFERENCE",
                themeGenerationConfig: input.themeGenerationConfig
            )
            let lifecycle = Lifecycle.creating(at: call.now, delay: configuration.jobDelay, needsWork: true)
            try table.insert(body, arn: arn, parent: version.arn, lifecycle: lifecycle)
            try table.attach(input.tags, to: arn)
            queue.start(work.batchInference, arn, table, call)
        }
        return Personalize.CreateBatchInferenceJobResponse(batchInferenceJobArn: arn)
    }

    /// A batch job's filter is ACTIVE and of the same dataset group.
    func checkFilter(_ arn: String?, group: String?, _ table: ResourceTable, _ call: Call) throws {
        guard let arn else { return }
        let filter = try table.active(arn, as: Personalize.Filter.self, call)
        guard filter.parent == group else {
            throw ServiceError.Personalize.invalidInput("The filter \(arn) belongs to another dataset group than the solution version.")
        }
    }
}
