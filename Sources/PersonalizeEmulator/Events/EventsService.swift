import Logging
import ServiceKit
import Shapes
import Wire

/// Amazon Personalize Events: what users do, and what becomes of items, users and actions, as it happens.
package final class EventsService: PersonalizeEventsOperations {
    let serving: Serving
    let events: EventStore
    let attributeIndex: AttributeIndex
    let shown: RecentRecommendations
    let log: Logger
    let figures: PersonalizeFigures

    init(
        serving: Serving,
        events: EventStore,
        attributeIndex: AttributeIndex,
        shown: RecentRecommendations,
        figures: PersonalizeFigures,
        log: Logger
    ) {
        self.figures = figures
        self.serving = serving
        self.events = events
        self.attributeIndex = attributeIndex
        self.shown = shown
        self.log = log
    }
}
