import Recommend
import Wire

/// The best items for a question, whatever the recipe.
extension RuntimeService {
    func answer(_ question: Question, count: Int, allow: Bitset?) -> [Recommendation] {
        guard count > 0 else { return [] }
        let model = question.deployed.model
        switch model.recipe.family {
        case .related: return question.item.map { model.similar(to: $0, count: count, allow: allow) } ?? []
        case .trending: return model.trending(adding: trends.recent(question.deployed, serving, events), count: count, allow: allow)
        case .personal: return model.recommend(query(question, count: count, allow: allow))
        case .popular: return model.recommend(Query(count: count, allow: allow))
        case .segments, .actions: return []
        }
    }
}
