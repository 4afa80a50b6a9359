import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func listDatasetImportJobs(_ input: Personalize.ListDatasetImportJobsRequest, _ call: Call) throws(ServiceError)
        -> Personalize.ListDatasetImportJobsResponse
    {
        let page = try page(
            Personalize.DatasetImportJob.self,
            "ListDatasetImportJobs",
            parent: input.datasetArn,
            maxResults: input.maxResults,
            nextToken: input.nextToken,
            call
        )
        let summaries = page.shown.map {
            Personalize.DatasetImportJobSummary(
                datasetImportJobArn: $0.body.datasetImportJobArn,
                jobName: $0.body.jobName,
                status: $0.body.status,
                creationDateTime: $0.body.creationDateTime,
                lastUpdatedDateTime: $0.body.lastUpdatedDateTime,
                failureReason: $0.body.failureReason,
                importMode: $0.body.importMode
            )
        }
        return Personalize.ListDatasetImportJobsResponse(datasetImportJobs: summaries, nextToken: page.nextToken)
    }
}
