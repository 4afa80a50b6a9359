import Recommend
import Shapes
import Wire

/// A campaign or recommender that serves, with the model it answers from.
struct Deployed {
    var deployment: Deployment
    var model: TrainedModel

    /// How far it reaches for young items; only recipes that explore do.
    var exploration: Exploration {
        guard deployment.recipe.explores else { return .none }
        let config = deployment.itemExploration
        return Exploration(
            weight: config?["explorationWeight"].flatMap { Double($0) } ?? CampaignSettings.defaultExplorationWeight,
            ageCutOffDays: config?["explorationItemAgeCutOff"].flatMap { Double($0) } ?? CampaignSettings.defaultExplorationAge
        )
    }
}

extension RuntimeService {
    func deployed(_ arn: String, _ kind: Deployment.Kind, _ call: Call) throws(ServiceError) -> Deployed {
        let deployment = try serving.deployment(arn, kind, call)
        guard let model = models.model(deployment.model) else {
            throw .internalFailure(MissingModel(id: deployment.model))
        }
        return Deployed(deployment: deployment, model: model)
    }

    /// What a user did, oldest first: what training kept, and what was streamed since.
    func history(of user: String, _ deployed: Deployed) -> [HistoryEvent] {
        let model = deployed.model
        guard model.recipe.followsEvents, let dataset = serving.collector(.interactions, group: deployed.deployment.group)?.id else {
            return model.history(of: user)
        }
        let streamed = events.history(of: user, dataset: dataset, after: Int64(model.streamedEvents))
        return model.history(of: user, adding: streamed.map { ($0.itemID, $0.timestamp.seconds) })
    }
}

/// An ACTIVE deployment without its model: the data directory has lost a file.
struct MissingModel: Error {
    var id: Int64
}
