import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func createBatchSegmentJob(
        _ input: Personalize.CreateBatchSegmentJobRequest,
        _ call: Call
    ) throws(ServiceError) -> Personalize.CreateBatchSegmentJobResponse {
        let arn = ARN.personalize("batch-segment-job/\(input.jobName)", call)
        try BatchRules.checkPaths(input: input.jobInput.s3DataSource.path, output: input.jobOutput.s3DataDestination.path)
        try BatchRules.check(results: input.numResults, maximum: BatchRules.maximumUsers)
        try resources(call) { table in
            let version = try table.active(input.solutionVersionArn, as: Personalize.SolutionVersion.self, call)
            try table.checkIsNew(arn, as: Personalize.BatchSegmentJob.self)
            try BatchRules.checkSegments(version.body.recipeArn)
            try checkFilter(input.filterArn, group: version.body.datasetGroupArn, table, call)
            try configuration.quotas.check(
                .pendingBatchSegments,
                has: try table.list(Personalize.BatchSegmentJob.self).count { !$0.lifecycle.status.isSettled }
            )
            let body = Personalize.BatchSegmentJob(
                jobName: input.jobName,
                batchSegmentJobArn: arn,
                filterArn: input.filterArn,
                solutionVersionArn: version.arn,
                numResults: input.numResults,
                jobInput: input.jobInput,
                jobOutput: input.jobOutput,
                roleArn: input.roleArn
            )
            let lifecycle = Lifecycle.creating(at: call.now, delay: configuration.jobDelay, needsWork: true)
            try table.insert(body, arn: arn, parent: version.arn, lifecycle: lifecycle)
            try table.attach(input.tags, to: arn)
            queue.start(work.batchSegment, arn, table, call)
        }
        return Personalize.CreateBatchSegmentJobResponse(batchSegmentJobArn: arn)
    }
}
