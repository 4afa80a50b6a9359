import Recommend
package import Shapes
package import Wire

extension RuntimeService {
    package func getPersonalizedRanking(
        _ input: PersonalizeRuntime.GetPersonalizedRankingRequest,
        _ call: Call
    ) throws(ServiceError) -> PersonalizeRuntime.GetPersonalizedRankingResponse {
        try RuntimeRules.checkList(input.inputList, withMetadata: input.metadataColumns != nil)
        let deployed = try deployed(input.campaignArn, .campaign, call)
        guard deployed.deployment.recipe.type == "PERSONALIZED_RANKING" else {
            throw .PersonalizeRuntime.invalidInput("The recipe of campaign \(input.campaignArn) does not support GetPersonalizedRanking.")
        }
        let metadata = try MetadataRequest(input.metadataColumns, deployed.deployment, serving, catalogue)
        let interactions = serving.collector(.interactions, group: deployed.deployment.group)
        let question = Question(deployed: deployed, user: input.userId, context: try ContextRules.check(input.context, interactions))
        // The list numbers what the filter chooses among: it may name items that the model does not know.
        let subjects = FilterSubjects(IdMap(input.inputList), catalogue.attributes(.items, group: deployed.deployment.group))
        var list = input.inputList
        if let allow = try allowed(input.filterArn, input.filterValues, .item, for: question, among: subjects, call) {
            list = list.filter { item in subjects.ids.index(of: item).map { allow[Int($0)] } ?? false }
        }
        let ranking = list.isEmpty ? [] : deployed.model.rank(query(question, count: list.count), list)
        return PersonalizeRuntime.GetPersonalizedRankingResponse(
            personalizedRanking: ranking.map {
                PersonalizeRuntime.PredictedItem(itemId: $0.itemId, score: $0.score, metadata: metadata.metadata(of: $0.itemId))
            },
            recommendationId: RecommendationID.random(campaign: input.campaignArn)
        )
    }
}
