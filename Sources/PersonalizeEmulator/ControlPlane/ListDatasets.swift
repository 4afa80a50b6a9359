import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func listDatasets(_ input: Personalize.ListDatasetsRequest, _ call: Call) throws(ServiceError) -> Personalize.ListDatasetsResponse {
        let page = try page(
            Personalize.Dataset.self,
            "ListDatasets",
            parent: input.datasetGroupArn,
            maxResults: input.maxResults,
            nextToken: input.nextToken,
            call
        )
        let summaries = page.shown.map {
            Personalize.DatasetSummary(
                name: $0.body.name,
                datasetArn: $0.body.datasetArn,
                datasetType: $0.body.datasetType,
                status: $0.body.status,
                creationDateTime: $0.body.creationDateTime,
                lastUpdatedDateTime: $0.body.lastUpdatedDateTime
            )
        }
        return Personalize.ListDatasetsResponse(datasets: summaries, nextToken: page.nextToken)
    }
}
