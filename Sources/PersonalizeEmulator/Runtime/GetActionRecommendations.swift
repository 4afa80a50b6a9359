import Recommend
import ServiceKit
package import Shapes
package import Wire

extension RuntimeService {
    package func getActionRecommendations(
        _ input: PersonalizeRuntime.GetActionRecommendationsRequest,
        _ call: Call
    ) throws(ServiceError) -> PersonalizeRuntime.GetActionRecommendationsResponse {
        guard let arn = input.campaignArn else { throw .PersonalizeRuntime.invalidInput("campaignArn must be provided.") }
        let deployed = try engine.deployed(arn, .campaign, call)
        guard deployed.deployment.recipe.type == .personalizedActions else {
            throw .PersonalizeRuntime.invalidInput("The recipe of campaign \(arn) does not support GetActionRecommendations.")
        }
        let count = try RuntimeRules.actions(input.numResults)
        guard let user = input.userId else { throw .PersonalizeRuntime.invalidInput("userId must be provided for this campaign.") }
        let group = deployed.deployment.group
        let subjects = { [engine] () throws(ServiceError) in
            try engine.attributeIndex.subjects(of: deployed.model, deployed.deployment.model, .actions, group: group)
        }
        let request = RecommendationRequest(deployed: deployed, now: call.now, user: user)
        let allow = try engine.allowed(input.filterArn, input.filterValues, .action, for: request, among: try subjects(), call)
        let list = try deployed.model.recommendActions(
            userId: user,
            adding: actions(of: user, deployed),
            now: call.now.epochSeconds,
            count: count,
            allow: allow
        )
        return PersonalizeRuntime.GetActionRecommendationsResponse(
            actionList: list.map { PersonalizeRuntime.PredictedAction(actionId: $0.actionId, score: $0.score) },
            recommendationId: RecommendationID.random(campaign: arn)
        )
    }

    /// What a user did with actions since training.
    func actions(of user: String, _ deployed: Deployed) throws(ServiceError) -> [ActionEvent] {
        guard let dataset = engine.serving.collector(.actionInteractions, group: deployed.deployment.group)?.id else { return [] }
        return ActionEvent.streamed(try engine.events.history(of: user, dataset: dataset, after: Int64(deployed.model.streamedEvents)))
    }
}

extension ActionEvent {
    /// Streamed action interactions as training and answers read them.
    static func streamed(_ events: [RecordedEvent]) -> [ActionEvent] {
        events.compactMap { event in
            Outcome(event.eventType).map {
                ActionEvent(userId: event.historyKey, actionId: event.itemID, outcome: $0, timestamp: event.timestamp.epochSeconds)
            }
        }
    }
}
