import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func listDataDeletionJobs(
        _ input: Personalize.ListDataDeletionJobsRequest,
        _ call: Call
    ) throws(ServiceError) -> Personalize.ListDataDeletionJobsResponse {
        let page = try page(
            Personalize.DataDeletionJob.self,
            "ListDataDeletionJobs",
            parent: input.datasetGroupArn,
            maxResults: input.maxResults,
            nextToken: input.nextToken,
            call
        )
        let summaries = page.shown.map {
            Personalize.DataDeletionJobSummary(
                dataDeletionJobArn: $0.body.dataDeletionJobArn,
                datasetGroupArn: $0.body.datasetGroupArn,
                jobName: $0.body.jobName,
                status: $0.body.status,
                creationDateTime: $0.body.creationDateTime,
                lastUpdatedDateTime: $0.body.lastUpdatedDateTime,
                failureReason: $0.body.failureReason
            )
        }
        return Personalize.ListDataDeletionJobsResponse(dataDeletionJobs: summaries, nextToken: page.nextToken)
    }
}
