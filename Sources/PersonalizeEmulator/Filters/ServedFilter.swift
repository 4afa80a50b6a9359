package import ServiceKit
import Wire

/// A filter as requests find it.
package struct ServedFilter: Sendable {
    package var arn: String
    /// The id of the dataset group.
    package var group: DatasetGroupID
    package var lifecycle: Lifecycle
    /// As it was given.
    package var expression: String
    /// Nil when its expression no longer fits the dataset group, whose datasets may be deleted under it.
    package var plan: FilterPlan?
}
