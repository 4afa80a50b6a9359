package import Recommend
package import ServiceKit
import Shapes
import Synchronization
import Wire

/// What the data plane needs to know of the control plane, in memory: deployments, trackers, and the datasets that records go to.
///
/// It is rebuilt from the resources at start-up, and told of each change, so that no event and no recommendation waits for SQL. Whoever
/// tells it shows that the transaction behind the change is committed.
package final class Serving: Sendable {
    /// A dataset that records are streamed into.
    package struct IngestionTarget: Sendable {
        package var id: DatasetID
        package let arn: String
        /// Of the dataset group. Each event is counted for it, and so it is made once.
        let groupARN: String
        package var kind: DatasetKind
        /// The id of the dataset group.
        package var group: DatasetGroupID
        package var lifecycle: Lifecycle
        package var schema: AvroSchema
        /// What PutActionInteractions names it by; only datasets of that kind have one.
        package var trackingId: String?

        package init(
            id: DatasetID,
            arn: String,
            kind: DatasetKind,
            group: DatasetGroupID,
            lifecycle: Lifecycle,
            schema: AvroSchema,
            trackingId: String? = nil
        ) {
            (self.id, self.arn, self.kind, self.group) = (id, arn, kind, group)
            (self.lifecycle, self.schema, self.trackingId) = (lifecycle, schema, trackingId)
            groupARN = Self.groupARN(of: arn)
        }

        /// A dataset's ARN has `dataset/GROUP/KIND`.
        private static func groupARN(of arn: String) -> String {
            guard let arn = ARN(arn) else { return "" }
            let parts = arn.resource.split(separator: "/")
            return "arn:\(arn.partition):\(arn.service):\(arn.region):\(arn.account):dataset-group/\(parts.count > 1 ? parts[1] : "")"
        }
    }

    /// What serves now, and what takes its place once its update is through.
    private struct Slot {
        var current: Deployment
        var next: Deployment?

        /// An update's own lifecycle says when it is through; what it brings serves as long as its predecessor would.
        mutating func settle(at now: Timestamp) {
            guard var next, var lifecycle = next.update else { return }
            lifecycle.settle(at: now)
            guard lifecycle.status == .active else { return }
            next.update = nil
            current = next
            self.next = nil
        }
    }

    private struct Tracker {
        var resource: Resource<Personalize.EventTracker>
        var group: DatasetGroupID
    }

    private struct State {
        var slots: [String: Slot] = [:]
        var trackers: [String: Tracker] = [:]
        /// By ARN.
        var filters: [String: ServedFilter] = [:]
        /// By ARN.
        var collectors: [String: IngestionTarget] = [:]
        /// The ARNs of `collectors`, by the id of their dataset group.
        var collections: [DatasetGroupID: [DatasetKind: String]] = [:]
        /// What is counted of the events of a dataset group.
        var reported: [DatasetGroupID: [ReportedMetric]] = [:]

        func collector(_ kind: DatasetKind, group: DatasetGroupID) -> IngestionTarget? {
            collections[group]?[kind].flatMap { collectors[$0] }
        }
    }

    private let state = Mutex(State())

    package init() {}

    // MARK: Told by the control plane

    /// Puts a deployment where requests find it; one whose `update` is under way waits for its turn while the old one serves.
    func serve(_ deployment: Deployment, _: borrowing Committed) {
        state.withLock { state in
            if deployment.update != nil, state.slots[deployment.arn] != nil {
                state.slots[deployment.arn]?.next = deployment
            } else {
                state.slots[deployment.arn] = Slot(current: deployment)
            }
        }
    }

    func serve(_ tracker: Resource<Personalize.EventTracker>, group: DatasetGroupID, _: borrowing Committed) {
        state.withLock { $0.trackers[tracker.body.trackingId ?? ""] = Tracker(resource: tracker, group: group) }
    }

    func serve(_ filter: ServedFilter, _: borrowing Committed) {
        state.withLock { $0.filters[filter.arn] = filter }
    }

    /// Counts the events of a dataset group for these metrics and no others.
    func report(_ metrics: [ReportedMetric], group: DatasetGroupID, _: borrowing Committed) {
        state.withLock { $0.reported[group] = metrics.isEmpty ? nil : metrics }
    }

    func collect(into collector: IngestionTarget, _: borrowing Committed) {
        state.withLock { state in
            state.collectors[collector.arn] = collector
            state.collections[collector.group, default: [:]][collector.kind] = collector.arn
        }
    }

    func stop(deployment arn: String, _: borrowing Committed) {
        state.withLock { _ = $0.slots.removeValue(forKey: arn) }
    }

    /// The dataset groups that something serves from.
    var groups: Set<DatasetGroupID> {
        state.withLock { state in Set(state.slots.values.map(\.current.group)).union(state.filters.values.map(\.group)) }
    }

    /// Everything that serves, and what waits for its turn.
    var deployments: [Deployment] {
        state.withLock { state in state.slots.values.flatMap { [$0.current, $0.next].compactMap(\.self) } }
    }

    /// The filters of a dataset group.
    func filters(group: DatasetGroupID) -> [ServedFilter] {
        state.withLock { state in state.filters.values.filter { $0.group == group } }
    }

    func stop(filter arn: String, _: borrowing Committed) {
        state.withLock { _ = $0.filters.removeValue(forKey: arn) }
    }

    func stop(trackingId: String, _: borrowing Committed) {
        state.withLock { _ = $0.trackers.removeValue(forKey: trackingId) }
    }

    func stop(collecting arn: String, _: borrowing Committed) {
        state.withLock { state in
            guard let collector = state.collectors.removeValue(forKey: arn) else { return }
            state.collections[collector.group]?[collector.kind] = nil
        }
    }

    func removeAll(_: borrowing Committed) {
        state.withLock { $0 = State() }
    }

    /// The dataset that a tracker's events go to; nil when its dataset group has none.
    /// - Throws: `InvalidInputException`, the one error that PutEvents has, for a tracker that is none of the caller's.
    func interactions(trackingId: String, _ call: Call) throws(ServiceError) -> IngestionTarget? {
        let (tracker, dataset) = state.withLock { state in
            let tracker = state.trackers[trackingId]
            return (tracker, tracker.flatMap { state.collector(.interactions, group: $0.group) })
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

    func trackerARN(_ trackingId: String) -> String? {
        state.withLock { $0.trackers[trackingId]?.resource.arn }
    }

    func reported(group: DatasetGroupID) -> [ReportedMetric] {
        state.withLock { $0.reported[group] ?? [] }
    }

    /// The campaign or recommender of a dataset group that made a recommendation.
    func source(ofRecommendation id: String, group: DatasetGroupID) -> String? {
        let mark = String(id.suffix(RecommendationID.markLength))
        return state.withLock { state in
            state.slots.values.first { $0.current.group == group && RecommendationID.mark($0.current.arn) == mark }?.current.arn
        }
    }

    /// Whether a campaign or recommender is the caller's and is here, in whatever status.
    func has(deployment arn: String, _ call: Call) -> Bool {
        Self.isOwn(arn, call) && state.withLock { $0.slots[arn] != nil }
    }

    /// The dataset of a kind in a dataset group.
    func collector(_ kind: DatasetKind, group: DatasetGroupID) -> IngestionTarget? {
        state.withLock { $0.collector(kind, group: group) }
    }

    /// The dataset of an ARN; whose it is, is the caller's to check.
    func collector(_ arn: String) -> IngestionTarget? {
        state.withLock { $0.collectors[arn] }
    }

    /// The dataset that rows of a kind are put into.
    /// - Throws: `ResourceNotFoundException` for one that is not there, `InvalidInputException` for one of another account or kind,
    ///   `ResourceInUseException` for one that is not ACTIVE.
    func collector(_ arn: String, _ kind: DatasetKind, _ call: Call) throws(ServiceError) -> IngestionTarget {
        guard Self.isOwn(arn, call) else { throw .PersonalizeEvents.invalidInput(Self.foreign(arn, call)) }
        guard let found = collector(arn) else { throw .PersonalizeEvents.resourceNotFound("Resource Arn \(arn) does not exist.") }
        guard found.kind == kind else {
            throw .PersonalizeEvents.invalidInput("The dataset \(arn) is of type \(found.kind.rawValue) and not \(kind.rawValue).")
        }
        return try Self.active(found, call)
    }

    /// The ACTION_INTERACTIONS dataset that a tracking id names.
    /// - Throws: `InvalidInputException` when it names none of the caller's, `ResourceInUseException` when it is not ACTIVE.
    func collector(actionTracker trackingId: String, _ call: Call) throws(ServiceError) -> IngestionTarget {
        let found = state.withLock { $0.collectors.values.first { $0.trackingId == trackingId } }
        guard let found, Self.isOwn(found.arn, call) else {
            throw .PersonalizeEvents.invalidInput("The trackingId \(trackingId) is invalid.")
        }
        return try Self.active(found, call)
    }

    private static func active(_ collector: IngestionTarget, _ call: Call) throws(ServiceError) -> IngestionTarget {
        var lifecycle = collector.lifecycle
        lifecycle.settle(at: call.now)
        guard lifecycle.status == .active else {
            throw .PersonalizeEvents.resourceInUse("Resource Arn \(collector.arn) is in status \(lifecycle.status.rawValue).")
        }
        return collector
    }

    /// - Throws: `ResourceNotFoundException` for a filter that is not there, `InvalidInputException` for one of another account or that is not
    ///   ACTIVE.
    func filter(_ arn: String, _ call: Call) throws(ServiceError) -> ServedFilter {
        guard Self.isOwn(arn, call) else { throw .PersonalizeRuntime.invalidInput(Self.foreign(arn, call)) }
        guard let found = state.withLock({ $0.filters[arn] }) else {
            throw .PersonalizeRuntime.resourceNotFound("Resource Arn \(arn) does not exist.")
        }
        var lifecycle = found.lifecycle
        lifecycle.settle(at: call.now)
        guard lifecycle.status == .active else {
            throw .PersonalizeRuntime.invalidInput("The filter \(arn) is in status \(lifecycle.status.rawValue).")
        }
        return found
    }

    /// - Throws: `ResourceNotFoundException` for a campaign or recommender that is not there, `InvalidInputException` for one that does not
    ///   serve yet, or no longer.
    func deployment(_ arn: String, _ kind: Deployment.Kind, _ call: Call) throws(ServiceError) -> Deployment {
        guard Self.isOwn(arn, call) else {
            throw .PersonalizeRuntime.invalidInput(Self.foreign(arn, call))
        }
        let found = state.withLock { state in
            state.slots[arn]?.settle(at: call.now)
            return state.slots[arn]?.current
        }
        guard let found, found.kind == kind else {
            throw .PersonalizeRuntime.resourceNotFound("Resource Arn \(arn) does not exist.")
        }
        var lifecycle = found.lifecycle
        lifecycle.settle(at: call.now)
        guard lifecycle.status == .active else {
            throw .PersonalizeRuntime.invalidInput("The \(kind.rawValue) \(arn) is in status \(lifecycle.status.rawValue) and does not serve.")
        }
        return found
    }

    private static func foreign(_ arn: String, _ call: Call) -> String {
        "Invalid Arn: \(arn). The Arn must belong to account \(call.account) in region \(call.region)."
    }

    private static func isOwn(_ arn: String, _ call: Call) -> Bool {
        ARN(arn).map { $0.account == call.account && $0.region == call.region } ?? false
    }
}
