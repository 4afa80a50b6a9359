import Recommend
import ServiceKit
package import Shapes
package import Wire

extension RuntimeService {
    package func getPersonalizedRanking(
        _ input: PersonalizeRuntime.GetPersonalizedRankingRequest,
        _ call: Call
    ) throws(ServiceError) -> PersonalizeRuntime.GetPersonalizedRankingResponse {
        try counting(.getPersonalizedRanking, input.campaignArn, nil, call) { () throws(ServiceError) in try ranking(input, call) }
    }

    private func ranking(
        _ input: PersonalizeRuntime.GetPersonalizedRankingRequest,
        _ call: Call
    ) throws(ServiceError) -> PersonalizeRuntime.GetPersonalizedRankingResponse {
        try RuntimeRules.checkList(input.inputList, withMetadata: input.metadataColumns != nil)
        let deployed = try engine.deployed(input.campaignArn, .campaign, call)
        guard deployed.deployment.recipe.type == .personalizedRanking else {
            throw .PersonalizeRuntime.invalidInput("The recipe of campaign \(input.campaignArn) does not support GetPersonalizedRanking.")
        }
        let metadata = try MetadataRequest(input.metadataColumns, deployed.deployment, engine.serving, engine.attributeIndex)
        let interactions = engine.serving.collector(.interactions, group: deployed.deployment.group)
        let request = RecommendationRequest(
            deployed: deployed,
            now: call.now,
            user: input.userId,
            context: try ContextRules.check(input.context, interactions)
        )
        let ranking = try engine.rank(input.inputList, request, input.filterArn, input.filterValues, call)
        return PersonalizeRuntime.GetPersonalizedRankingResponse(
            personalizedRanking: ranking.map {
                PersonalizeRuntime.PredictedItem(itemId: $0.itemId, score: $0.score, metadata: metadata.metadata(of: $0.itemId))
            },
            recommendationId: RecommendationID.random(campaign: input.campaignArn)
        )
    }
}
