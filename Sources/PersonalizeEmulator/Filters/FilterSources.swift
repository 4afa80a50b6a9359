package import Recommend
import ServiceKit

/// What filters of one dataset group read at the time of a request.
package struct FilterSources: Sendable {
    /// By Items, Users and Actions; what is absent has no rows.
    package var attributes: [DatasetKind: Attributes]
    /// By Interactions and Action_Interactions.
    package var events: [DatasetKind: UserEvents]

    package init(attributes: [DatasetKind: Attributes] = [:], events: [DatasetKind: UserEvents] = [:]) {
        self.attributes = attributes
        self.events = events
    }
}
