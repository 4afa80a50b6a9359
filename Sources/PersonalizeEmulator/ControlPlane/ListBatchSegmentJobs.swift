import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func listBatchSegmentJobs(
        _ input: Personalize.ListBatchSegmentJobsRequest,
        _ call: Call
    ) throws(ServiceError) -> Personalize.ListBatchSegmentJobsResponse {
        let page = try page(
            Personalize.BatchSegmentJob.self,
            "ListBatchSegmentJobs",
            parent: input.solutionVersionArn,
            maxResults: input.maxResults,
            nextToken: input.nextToken,
            call
        )
        let summaries = page.shown.map {
            Personalize.BatchSegmentJobSummary(
                batchSegmentJobArn: $0.body.batchSegmentJobArn,
                jobName: $0.body.jobName,
                status: $0.body.status,
                creationDateTime: $0.body.creationDateTime,
                lastUpdatedDateTime: $0.body.lastUpdatedDateTime,
                failureReason: $0.body.failureReason,
                solutionVersionArn: $0.body.solutionVersionArn
            )
        }
        return Personalize.ListBatchSegmentJobsResponse(batchSegmentJobs: summaries, nextToken: page.nextToken)
    }
}
