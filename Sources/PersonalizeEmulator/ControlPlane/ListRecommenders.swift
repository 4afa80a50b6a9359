import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func listRecommenders(
        _ input: Personalize.ListRecommendersRequest,
        _ call: Call
    ) throws(ServiceError) -> Personalize.ListRecommendersResponse {
        let page = try page(
            Personalize.Recommender.self,
            "ListRecommenders",
            parent: input.datasetGroupArn,
            maxResults: input.maxResults,
            nextToken: input.nextToken,
            call
        )
        let summaries = page.shown.map {
            Personalize.RecommenderSummary(
                name: $0.body.name,
                recommenderArn: $0.body.recommenderArn,
                datasetGroupArn: $0.body.datasetGroupArn,
                recipeArn: $0.body.recipeArn,
                recommenderConfig: $0.body.recommenderConfig,
                status: $0.body.status,
                creationDateTime: $0.body.creationDateTime,
                lastUpdatedDateTime: $0.body.lastUpdatedDateTime
            )
        }
        return Personalize.ListRecommendersResponse(recommenders: summaries, nextToken: page.nextToken)
    }
}
