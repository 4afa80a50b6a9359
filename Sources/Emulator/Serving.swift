package import Shapes
import Synchronization
import Wire

/// What the data plane needs to know of the control plane, in memory: trackers, campaigns and where events go.
///
/// It is rebuilt from the resources at start-up, and told of each change, so that no event and no recommendation waits for SQL.
package final class Serving: Sendable {
    package struct Campaign: Sendable {
        package var resource: Resource<Personalize.Campaign>
        /// The id of the solution version whose model answers.
        package var version: Int64
        package var recipe: Recipe
        /// The id of the dataset group.
        package var group: Int64
    }

    private struct Tracker {
        var resource: Resource<Personalize.EventTracker>
        var group: Int64
    }

    private struct State {
        var campaigns: [String: Campaign] = [:]
        var trackers: [String: Tracker] = [:]
        /// The Interactions dataset of each dataset group, by their ids.
        var interactions: [Int64: Int64] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    func serve(_ campaign: Resource<Personalize.Campaign>, version: Int64, recipe: Recipe?, group: Int64) {
        guard let recipe else { return }
        let served = Campaign(resource: campaign, version: version, recipe: recipe, group: group)
        state.withLock { $0.campaigns[campaign.arn] = served }
    }

    func serve(_ tracker: Resource<Personalize.EventTracker>, group: Int64) {
        state.withLock { $0.trackers[tracker.body.trackingId ?? ""] = Tracker(resource: tracker, group: group) }
    }

    func collect(into dataset: Int64, group: Int64) {
        state.withLock { $0.interactions[group] = dataset }
    }

    func stop(campaign arn: String) {
        state.withLock { _ = $0.campaigns.removeValue(forKey: arn) }
    }

    func stop(trackingId: String) {
        state.withLock { _ = $0.trackers.removeValue(forKey: trackingId) }
    }

    func stop(collecting dataset: Int64) {
        state.withLock { state in state.interactions = state.interactions.filter { $0.value != dataset } }
    }

    func forget(group: Int64) {
        state.withLock { _ = $0.interactions.removeValue(forKey: group) }
    }

    func removeAll() {
        state.withLock { $0 = State() }
    }

    /// The dataset that a tracker's events go to; nil when its dataset group has none.
    /// - Throws: `InvalidInputException`, the one error that PutEvents has, for a tracker that is none of the caller's.
    func dataset(trackingId: String, _ call: Call) throws(ServiceError) -> Int64? {
        let (tracker, dataset) = state.withLock { state in
            let tracker = state.trackers[trackingId]
            return (tracker, tracker.flatMap { state.interactions[$0.group] })
        }
        guard var lifecycle = tracker?.resource.lifecycle, let tracker, Self.isOwn(tracker.resource.arn, call) else {
            throw .PersonalizeEvents.invalidInput("The trackingId \(trackingId) is invalid.")
        }
        lifecycle.settle(at: call.now)
        guard lifecycle.status == .active else {
            throw .PersonalizeEvents.invalidInput("The event tracker of trackingId \(trackingId) is in status \(lifecycle.status.rawValue).")
        }
        return dataset
    }

    /// The interactions dataset of a dataset group.
    func interactions(group: Int64) -> Int64? {
        state.withLock { $0.interactions[group] }
    }

    /// - Throws: `ResourceNotFoundException` for a campaign that is not there, `InvalidInputException` for one that does not serve yet.
    func campaign(_ arn: String, _ call: Call) throws(ServiceError) -> Campaign {
        guard Self.isOwn(arn, call) else {
            throw .PersonalizeRuntime.invalidInput("Invalid Arn: \(arn). The Arn must belong to account \(call.account) in region \(call.region).")
        }
        guard let campaign = state.withLock({ $0.campaigns[arn] }) else {
            throw .PersonalizeRuntime.resourceNotFound("Resource Arn \(arn) does not exist.")
        }
        var lifecycle = campaign.resource.lifecycle
        lifecycle.settle(at: call.now)
        guard lifecycle.status == .active else {
            throw .PersonalizeRuntime.invalidInput("The campaign \(arn) is in status \(lifecycle.status.rawValue) and does not serve yet.")
        }
        return campaign
    }

    private static func isOwn(_ arn: String, _ call: Call) -> Bool {
        ARN(arn).map { $0.account == call.account && $0.region == call.region } ?? false
    }
}
