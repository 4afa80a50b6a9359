import Recommend
import ServiceKit
import Shapes
import Wire

/// A campaign or recommender that serves, with the model it answers from.
struct Deployed {
    var deployment: Deployment
    var model: TrainedModel

    var asksByItem: Bool { model.useCase?.needsItemId ?? model.recipe.needsItemId }
    var asksByUser: Bool { model.useCase?.needsUserId ?? model.recipe.needsUserId }

    /// How far it reaches for young items: as it was told, else as the recipe does.
    var exploration: Exploration {
        guard model.useCase?.explores ?? model.recipe.explores else { return .none }
        let standard = model.defaultExploration
        let config = deployment.itemExploration
        return Exploration(
            weight: config?["explorationWeight"].flatMap { Double($0) } ?? standard.weight,
            ageCutOffDays: config?["explorationItemAgeCutOff"].flatMap { Double($0) } ?? standard.ageCutOffDays
        )
    }

    /// What else than likeness orders its lists.
    var influence: RankingInfluence {
        let config = deployment.rankingInfluence ?? [:]
        return RankingInfluence(popularity: config["POPULARITY"] ?? 0, freshness: config["FRESHNESS"] ?? 0)
    }
}

/// What a runtime request asks, its ids and context checked.
struct RecommendationRequest {
    var deployed: Deployed
    var now: Timestamp
    /// A user, or a session.
    var user: String?
    var item: String?
    /// By fields of the Interactions schema.
    var context: [String: String] = [:]
}

extension RecommendationEngine {
    func deployed(_ arn: String, _ kind: Deployment.Kind, _ call: Call) throws(ServiceError) -> Deployed {
        let deployment = try serving.deployment(arn, kind, call)
        guard let model = try models.model(deployment.model) else {
            throw .internalFailure(MissingModel.failure(deployment.model))
        }
        return Deployed(deployment: deployment, model: model)
    }

    /// What a user did, oldest first: what training kept, and what was streamed since.
    func history(of user: String, _ deployed: Deployed) throws(ServiceError) -> [HistoryEvent] {
        let model = deployed.model
        guard model.recipe.followsEvents, let dataset = serving.collector(.interactions, group: deployed.deployment.group)?.id else {
            return model.history(of: user)
        }
        let streamed = try events.history(of: user, dataset: dataset, after: Int64(model.streamedEvents))
        return model.history(of: user, adding: SessionJoin.joined(streamed))
    }

    func query(_ request: RecommendationRequest, count: Int, allow: Bitset? = nil) throws(ServiceError) -> Query {
        let user = request.user
        return Query(
            userId: user,
            history: try user.map { (user) throws(ServiceError) in try history(of: user, request.deployed) } ?? [],
            context: request.context,
            count: count,
            exploration: request.deployed.exploration,
            allow: allow
        )
    }
}

/// An ACTIVE deployment without its model: the data directory has lost a file.
enum MissingModel {
    static func failure(_ id: ModelID) -> StoredFileFailure {
        StoredFileFailure(path: "models/\(id).model", reason: "is missing", mayPass: false)
    }
}
