import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func listFilters(_ input: Personalize.ListFiltersRequest, _ call: Call) throws(ServiceError) -> Personalize.ListFiltersResponse {
        let page = try page(
            Personalize.Filter.self,
            "ListFilters",
            parent: input.datasetGroupArn,
            maxResults: input.maxResults,
            nextToken: input.nextToken,
            call
        )
        let summaries = page.shown.map {
            Personalize.FilterSummary(
                name: $0.body.name,
                filterArn: $0.body.filterArn,
                creationDateTime: $0.body.creationDateTime,
                lastUpdatedDateTime: $0.body.lastUpdatedDateTime,
                datasetGroupArn: $0.body.datasetGroupArn,
                failureReason: $0.body.failureReason,
                status: $0.body.status
            )
        }
        return Personalize.ListFiltersResponse(filters: summaries, nextToken: page.nextToken)
    }
}
