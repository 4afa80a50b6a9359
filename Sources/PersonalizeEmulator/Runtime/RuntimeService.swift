import Shapes
import Wire

/// Amazon Personalize Runtime: recommendations from the campaigns that are deployed.
package final class RuntimeService: PersonalizeRuntimeOperations {
    let engine: RecommendationEngine
    let shown: RecentRecommendations
    /// Makes choices that are left to chance the same in every run with the same `--seed`.
    let seed: UInt64

    init(engine: RecommendationEngine, shown: RecentRecommendations, seed: UInt64) {
        self.engine = engine
        self.shown = shown
        self.seed = seed
    }
}
