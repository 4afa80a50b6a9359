import Recommend
import ServiceKit
package import Shapes
package import Wire

extension RuntimeService {
    package func getRecommendations(
        _ input: PersonalizeRuntime.GetRecommendationsRequest,
        _ call: Call
    ) throws(ServiceError) -> PersonalizeRuntime.GetRecommendationsResponse {
        try counting(.getRecommendations, input.campaignArn, input.recommenderArn, call) { () throws(ServiceError) in
            try recommendations(input, call)
        }
    }

    private func recommendations(
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
        let deployed = try engine.deployed(arn, kind, call)
        switch deployed.deployment.recipe.type {
        case .personalizedRanking: throw .PersonalizeRuntime.invalidInput("The recipe of campaign \(arn) supports GetPersonalizedRanking only.")
        case .personalizedActions: throw .PersonalizeRuntime.invalidInput("The recipe of campaign \(arn) supports GetActionRecommendations only.")
        case .popularItems, .relatedItems, .userPersonalization, .userSegmentation: break
        }
        let count = try RuntimeRules.results(input.numResults, withMetadata: input.metadataColumns != nil)
        let metadata = try MetadataRequest(input.metadataColumns, deployed.deployment, engine.serving, engine.attributeIndex)
        if deployed.asksByItem, input.itemId == nil { throw .PersonalizeRuntime.invalidInput("itemId must be provided for this \(kind.rawValue).") }
        if deployed.asksByUser, input.userId == nil { throw .PersonalizeRuntime.invalidInput("userId must be provided for this \(kind.rawValue).") }
        let interactions = engine.serving.collector(.interactions, group: deployed.deployment.group)
        let request = RecommendationRequest(
            deployed: deployed,
            now: call.now,
            user: input.userId,
            item: input.itemId,
            context: try ContextRules.check(input.context, interactions)
        )
        let allow = try engine.allowedItems(input.filterArn, input.filterValues, for: request, call)
        let promotion = try engine.promotion(input.promotions, for: request, count: count, call)
        let list: [(item: Recommendation, isPromoted: Bool)]
        if let promotion {
            if seed == 0 {
                var random = SystemRandomNumberGenerator()
                list = try engine.mixed(promotion, request, count: count, allow: allow, random: &random)
            } else {
                var random = SeededChance(seed: seed, [arn, input.userId, input.itemId, promotion.name])
                list = try engine.mixed(promotion, request, count: count, allow: allow, random: &random)
            }
        } else {
            list = try engine.answer(request, count: count, allow: allow).map { ($0, false) }
        }
        let id = RecommendationID.random(campaign: arn)
        let items = list.map { deployed.model.items[$0.item.item] }
        if deployed.model.recipe.usesImpressions { shown.note(items, as: id) }
        return PersonalizeRuntime.GetRecommendationsResponse(
            itemList: zip(items, list).map { item, line in
                PersonalizeRuntime.PredictedItem(
                    itemId: item,
                    score: line.item.score,
                    promotionName: line.isPromoted ? promotion?.name : nil,
                    metadata: metadata.metadata(of: item),
                    reason: Self.reasons(line.item, isPromoted: line.isPromoted, deployed.model)
                )
            },
            recommendationId: id
        )
    }

    private static func reasons(_ line: Recommendation, isPromoted: Bool, _ model: TrainedModel) -> [String]? {
        guard model.recipe.givesReasons else { return nil }
        let reasons = [isPromoted ? "Promoted item" : nil, line.reason?.rawValue].compactMap(\.self)
        return reasons.isEmpty ? nil : reasons
    }
}
