import Logging
import ServiceKit
import Shapes
import Wire

/// Amazon Personalize Events: what users do, and what becomes of items, users and actions, as it happens.
package final class EventsService: PersonalizeEventsOperations {
    let serving: Serving
    let events: EventStore
    let catalogue: Catalogue
    let shown: ShownLists
    let log: Logger

    init(serving: Serving, events: EventStore, catalogue: Catalogue, shown: ShownLists, log: Logger) {
        self.serving = serving
        self.events = events
        self.catalogue = catalogue
        self.shown = shown
        self.log = log
    }
}
