import Logging
import Shapes
import Wire

/// Amazon Personalize Events: what users do, as it happens.
package final class EventsService: PersonalizeEventsOperations {
    let serving: Serving
    let events: EventStore
    let log: Logger

    init(serving: Serving, events: EventStore, log: Logger) {
        self.serving = serving
        self.events = events
        self.log = log
    }
}
