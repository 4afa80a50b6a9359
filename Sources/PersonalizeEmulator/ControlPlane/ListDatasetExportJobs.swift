import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func listDatasetExportJobs(
        _ input: Personalize.ListDatasetExportJobsRequest,
        _ call: Call
    ) throws(ServiceError) -> Personalize.ListDatasetExportJobsResponse {
        let page = try page(
            Personalize.DatasetExportJob.self,
            "ListDatasetExportJobs",
            parent: input.datasetArn,
            maxResults: input.maxResults,
            nextToken: input.nextToken,
            call
        )
        let summaries = page.shown.map {
            Personalize.DatasetExportJobSummary(
                datasetExportJobArn: $0.body.datasetExportJobArn,
                jobName: $0.body.jobName,
                status: $0.body.status,
                creationDateTime: $0.body.creationDateTime,
                lastUpdatedDateTime: $0.body.lastUpdatedDateTime,
                failureReason: $0.body.failureReason
            )
        }
        return Personalize.ListDatasetExportJobsResponse(datasetExportJobs: summaries, nextToken: page.nextToken)
    }
}
