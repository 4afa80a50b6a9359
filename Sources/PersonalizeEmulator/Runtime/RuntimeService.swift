import Shapes
import Wire

/// Amazon Personalize Runtime: recommendations from the campaigns that are deployed.
package final class RuntimeService: PersonalizeRuntimeOperations {
    let engine: RecommendationEngine
    let shown: RecentRecommendations
    /// Makes choices that are left to chance the same in every run with the same `--seed`.
    let seed: UInt64
    let figures: PersonalizeFigures

    init(engine: RecommendationEngine, shown: RecentRecommendations, seed: UInt64, figures: PersonalizeFigures) {
        self.figures = figures
        self.engine = engine
        self.shown = shown
        self.seed = seed
    }

    /// Counts a request for recommendations of a campaign or recommender that is here.
    func counting<Answer>(
        _ operation: PersonalizeFigures.Operation,
        _ campaign: String?,
        _ recommender: String?,
        _ call: Call,
        _ body: () throws(ServiceError) -> Answer
    ) throws(ServiceError) -> Answer {
        let dimensions = { [engine] () -> [PersonalizeFigures.Dimension]? in
            guard let arn = campaign ?? recommender, engine.serving.has(deployment: arn, call) else { return nil }
            return [PersonalizeFigures.Dimension(campaign == nil ? "RecommenderArn" : "CampaignArn", arn)]
        }
        return try figures.counting(operation, call, dimensions, body)
    }
}
