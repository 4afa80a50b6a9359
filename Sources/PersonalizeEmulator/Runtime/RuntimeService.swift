import Logging
import ServiceKit
import Shapes
import Wire

/// Amazon Personalize Runtime: recommendations from the campaigns that are deployed.
package final class RuntimeService: PersonalizeRuntimeOperations {
    let serving: Serving
    let models: ModelStore
    let events: EventStore
    let attributeIndex: AttributeIndex
    let shown: RecentRecommendations
    let trends = TrendWindow()
    /// Makes choices that are left to chance the same in every run with the same `--seed`.
    let seed: UInt64
    let log: Logger

    init(
        serving: Serving,
        models: ModelStore,
        events: EventStore,
        attributeIndex: AttributeIndex,
        shown: RecentRecommendations,
        seed: UInt64,
        log: Logger
    ) {
        self.serving = serving
        self.models = models
        self.events = events
        self.attributeIndex = attributeIndex
        self.shown = shown
        self.seed = seed
        self.log = log
    }
}
