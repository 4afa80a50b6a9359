import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func listBatchInferenceJobs(
        _ input: Personalize.ListBatchInferenceJobsRequest,
        _ call: Call
    ) throws(ServiceError) -> Personalize.ListBatchInferenceJobsResponse {
        let page = try page(
            Personalize.BatchInferenceJob.self,
            "ListBatchInferenceJobs",
            parent: input.solutionVersionArn,
            maxResults: input.maxResults,
            nextToken: input.nextToken,
            call
        )
        let summaries = page.shown.map {
            Personalize.BatchInferenceJobSummary(
                batchInferenceJobArn: $0.body.batchInferenceJobArn,
                jobName: $0.body.jobName,
                status: $0.body.status,
                creationDateTime: $0.body.creationDateTime,
                lastUpdatedDateTime: $0.body.lastUpdatedDateTime,
                failureReason: $0.body.failureReason,
                solutionVersionArn: $0.body.solutionVersionArn,
                batchInferenceJobMode: $0.body.batchInferenceJobMode
            )
        }
        return Personalize.ListBatchInferenceJobsResponse(batchInferenceJobs: summaries, nextToken: page.nextToken)
    }
}
