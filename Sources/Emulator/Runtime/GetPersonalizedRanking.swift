import Recommend
package import Shapes
package import Wire

extension RuntimeService {
    package func getPersonalizedRanking(
        _ input: PersonalizeRuntime.GetPersonalizedRankingRequest,
        _ call: Call
    ) throws(ServiceError) -> PersonalizeRuntime.GetPersonalizedRankingResponse {
        guard !input.inputList.isEmpty else { throw .PersonalizeRuntime.invalidInput("inputList must have at least one item.") }
        guard input.inputList.count <= RuntimeRules.maximumResults else {
            throw .PersonalizeRuntime.invalidInput("inputList must have at most \(RuntimeRules.maximumResults) items.")
        }
        let deployed = try deployed(input.campaignArn, .campaign, call)
        guard deployed.deployment.recipe.type == "PERSONALIZED_RANKING" else {
            throw .PersonalizeRuntime.invalidInput("The recipe of campaign \(input.campaignArn) does not support GetPersonalizedRanking.")
        }
        try RuntimeRules.checkFilter(input.filterArn, values: input.filterValues)
        try RuntimeRules.checkMetadata(input.metadataColumns)
        let ranking = deployed.model.rank(history(of: input.userId, deployed), input.inputList)
        return PersonalizeRuntime.GetPersonalizedRankingResponse(
            personalizedRanking: ranking.map { PersonalizeRuntime.PredictedItem(itemId: $0.itemId, score: $0.score) },
            recommendationId: RecommendationID.random(campaign: input.campaignArn)
        )
    }
}
