import Wire

/// Answers questions from deployed models: what a user did since training, and what filters leave, are part of each answer. Runtime requests
/// and batch jobs ask the same one.
final class RecommendationEngine: Sendable {
    let serving: Serving
    let models: ModelStore
    let events: EventStore
    let attributeIndex: AttributeIndex
    let trends = TrendWindow()

    init(serving: Serving, models: ModelStore, events: EventStore, attributeIndex: AttributeIndex) {
        self.serving = serving
        self.models = models
        self.events = events
        self.attributeIndex = attributeIndex
    }
}
