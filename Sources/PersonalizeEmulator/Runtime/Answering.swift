import Recommend
import Wire

/// The best items for a request, whatever the recipe.
extension RecommendationEngine {
    func answer(_ request: RecommendationRequest, count: Int, allow: Bitset?) throws(ServiceError) -> [Recommendation] {
        guard count > 0 else { return [] }
        let model = request.deployed.model
        switch model.recipe.family {
        case .related: return request.item.map { model.similar(to: $0, count: count, influence: request.deployed.influence, allow: allow) } ?? []
        case .trending:
            let now = request.now.epochSeconds
            let recent = try trends.recent(request.deployed, now: now, serving, events)
            let moment = model.trendMoment(now: now, servingSince: request.deployed.deployment.made.epochSeconds, adding: recent)
            return model.trending(at: moment, adding: recent, count: count, allow: allow)
        case .personal: return model.recommend(try query(request, count: count, allow: allow))
        case .popular: return model.recommend(Query(count: count, allow: allow))
        case .segments, .actions: return []
        }
    }

    /// A list in the order of the user's interest, without what the filter takes out of it.
    func rank(
        _ items: [String],
        _ request: RecommendationRequest,
        _ filter: String?,
        _ values: [String: String]?,
        _ call: Call
    ) throws(ServiceError) -> [RankedItem] {
        let list = try left(of: items, request, filter, values, call)
        return list.isEmpty ? [] : try request.deployed.model.rank(query(request, count: list.count), list)
    }

    /// What a filter leaves of a list.
    func left(
        of items: [String],
        _ request: RecommendationRequest,
        _ filter: String?,
        _ values: [String: String]?,
        _ call: Call
    ) throws(ServiceError) -> [String] {
        // The list numbers what the filter chooses among: it may name items that the model does not know.
        let ids = IdMap(items)
        let subjects = { [attributeIndex] () throws(ServiceError) in
            try attributeIndex.subjects(ids, .items, group: request.deployed.deployment.group)
        }
        guard let allow = try allowed(filter, values, .item, for: request, among: try subjects(), call) else { return items }
        return items.filter { item in ids.index(of: item).map { allow[Int($0)] } ?? false }
    }
}
