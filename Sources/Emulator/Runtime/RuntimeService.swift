import Logging
import Shapes
import Wire

/// Amazon Personalize Runtime: recommendations from the campaigns that are deployed.
package final class RuntimeService: PersonalizeRuntimeOperations {
    let serving: Serving
    let models: ModelStore
    let events: EventStore
    let log: Logger

    init(serving: Serving, models: ModelStore, events: EventStore, log: Logger) {
        self.serving = serving
        self.models = models
        self.events = events
        self.log = log
    }
}
