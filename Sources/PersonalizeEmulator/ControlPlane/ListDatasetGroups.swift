import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func listDatasetGroups(_ input: Personalize.ListDatasetGroupsRequest, _ call: Call) throws(ServiceError)
        -> Personalize.ListDatasetGroupsResponse
    {
        let page = try page(
            Personalize.DatasetGroup.self,
            "ListDatasetGroups",
            maxResults: input.maxResults,
            nextToken: input.nextToken,
            call
        )
        let summaries = page.shown.map {
            Personalize.DatasetGroupSummary(
                name: $0.body.name,
                datasetGroupArn: $0.body.datasetGroupArn,
                status: $0.body.status,
                creationDateTime: $0.body.creationDateTime,
                lastUpdatedDateTime: $0.body.lastUpdatedDateTime,
                failureReason: $0.body.failureReason,
                domain: $0.body.domain
            )
        }
        return Personalize.ListDatasetGroupsResponse(datasetGroups: summaries, nextToken: page.nextToken)
    }
}
