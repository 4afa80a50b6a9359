import Recommend
package import Shapes
package import Wire

extension RuntimeService {
    package func getRecommendations(
        _ input: PersonalizeRuntime.GetRecommendationsRequest,
        _ call: Call
    ) throws(ServiceError) -> PersonalizeRuntime.GetRecommendationsResponse {
        let arn: String
        let kind: Deployment.Kind
        switch (input.campaignArn, input.recommenderArn) {
        case (let campaign?, nil): (arn, kind) = (campaign, .campaign)
        case (nil, let recommender?): (arn, kind) = (recommender, .recommender)
        case (nil, nil): throw .PersonalizeRuntime.invalidInput("Either campaignArn or recommenderArn must be provided.")
        case (_?, _?): throw .PersonalizeRuntime.invalidInput("Provide either campaignArn or recommenderArn, not both.")
        }
        let count = try RuntimeRules.results(input.numResults)
        let deployed = try deployed(arn, kind, call)
        guard deployed.deployment.recipe.type != "PERSONALIZED_RANKING" else {
            throw .PersonalizeRuntime.invalidInput("The recipe of campaign \(arn) supports GetPersonalizedRanking only.")
        }
        try RuntimeRules.checkFilter(input.filterArn, values: input.filterValues)
        try RuntimeRules.checkPromotions(input.promotions)
        try RuntimeRules.checkMetadata(input.metadataColumns)
        let model = deployed.model
        let list: [Recommendation]
        if model.recipe.asksByItem {
            guard let item = input.itemId else { throw .PersonalizeRuntime.invalidInput("itemId must be provided for this \(kind.rawValue).") }
            list = model.similar(to: item, count: count)
        } else {
            guard let user = input.userId else { throw .PersonalizeRuntime.invalidInput("userId must be provided for this \(kind.rawValue).") }
            list = model.recommend(history(of: user, deployed), count: count, exploration: deployed.exploration)
        }
        return PersonalizeRuntime.GetRecommendationsResponse(
            itemList: list.map { PersonalizeRuntime.PredictedItem(itemId: model.items[$0.item], score: $0.score) },
            recommendationId: RecommendationID.random(campaign: arn)
        )
    }
}
