import Recommend
import Shapes
import Wire

/// A campaign that serves, with the model it answers from.
struct Deployed {
    var campaign: Serving.Campaign
    var model: TrainedModel

    /// How far the campaign reaches for young items; only recipes that explore do.
    var exploration: Exploration {
        guard campaign.recipe.explores else { return .none }
        let config = campaign.resource.body.campaignConfig?.itemExplorationConfig
        return Exploration(
            weight: config?["explorationWeight"].flatMap { Double($0) } ?? CampaignSettings.defaultExplorationWeight,
            ageCutOffDays: config?["explorationItemAgeCutOff"].flatMap { Double($0) } ?? CampaignSettings.defaultExplorationAge
        )
    }
}

extension RuntimeService {
    func deployed(_ arn: String, _ call: Call) throws(ServiceError) -> Deployed {
        let campaign = try serving.campaign(arn, call)
        guard let model = models.model(campaign.version) else {
            throw .internalFailure(MissingModel(version: campaign.version))
        }
        return Deployed(campaign: campaign, model: model)
    }

    /// What a user did, oldest first: what training kept, and what was streamed since.
    func history(of user: String, _ deployed: Deployed) -> [HistoryEvent] {
        let model = deployed.model
        guard model.recipe.followsEvents, let dataset = serving.interactions(group: deployed.campaign.group) else {
            return model.history(of: user)
        }
        let streamed = events.history(of: user, dataset: dataset, after: Int64(model.streamedEvents))
        return model.history(of: user, adding: streamed.map { ($0.itemID, $0.timestamp.seconds) })
    }
}

/// An ACTIVE solution version without its model: the data directory has lost a file.
struct MissingModel: Error {
    var version: Int64
}
