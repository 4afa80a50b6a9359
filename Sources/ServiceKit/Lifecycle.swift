package import Wire

/// A resource's status and when it changes next.
///
/// Transitions are due dates and not timers: whoever reads a resource settles it first. So they need no background task, go
/// on across a restart, and a test only has to move the clock.
package struct Lifecycle: Sendable, Equatable {
    /// The states of Personalize's resources, as they stand on the wire.
    package enum Status: String, Sendable, CaseIterable {
        case createPending = "CREATE PENDING"
        case createInProgress = "CREATE IN_PROGRESS"
        case active = "ACTIVE"
        case createFailed = "CREATE FAILED"
        case createStopping = "CREATE STOPPING"
        case createStopped = "CREATE STOPPED"
        case stopPending = "STOP PENDING"
        case stopInProgress = "STOP IN_PROGRESS"
        case inactive = "INACTIVE"
        case startPending = "START PENDING"
        case startInProgress = "START IN_PROGRESS"
        case deletePending = "DELETE PENDING"
        case deleteInProgress = "DELETE IN_PROGRESS"
        case deleted = "DELETED"

        /// What follows once the status has lasted its time; nil when only an event can change it.
        package var next: Status? {
            switch self {
            case .createPending: .createInProgress
            case .createInProgress: .active
            case .createStopping: .createStopped
            case .stopPending: .stopInProgress
            case .stopInProgress: .inactive
            case .startPending: .startInProgress
            case .startInProgress: .active
            case .deletePending: .deleteInProgress
            case .deleteInProgress: .deleted
            case .active, .createFailed, .createStopped, .inactive, .deleted: nil
            }
        }

        /// Whether the resource stands still: it may be used, changed or deleted.
        package var isSettled: Bool { next == nil }
        /// Whether work may stand between the status and the next.
        var awaitsWork: Bool { self == .createInProgress || self == .createStopping }
    }

    package var status: Status
    /// When the status changes by itself; nil while it waits for work to end, or is settled.
    package var due: Timestamp?
    package var changed: Timestamp
    /// How long each passing state lasts, in seconds.
    package var step: Double
    /// Real work stands between `CREATE IN_PROGRESS` or `CREATE STOPPING` and what follows, so time alone does not end those states.
    package var needsWork: Bool

    /// A resource that is being made, half of `delay` seconds in each of its two passing states.
    package static func creating(at now: Timestamp, delay: Double, needsWork: Bool = false) -> Lifecycle {
        Lifecycle(status: .createPending, due: now.advanced(bySeconds: delay / 2), changed: now, step: delay / 2, needsWork: needsWork)
    }

    package init(status: Status, due: Timestamp?, changed: Timestamp, step: Double, needsWork: Bool) {
        self.status = status
        self.due = due
        self.changed = changed
        self.step = step
        self.needsWork = needsWork
    }

    /// Walks through every transition that was due by `now`.
    package mutating func settle(at now: Timestamp) {
        while let due, due <= now, let next = status.next {
            if status.awaitsWork && needsWork {
                self.due = nil
                return
            }
            enter(next, at: due)
        }
    }

    /// Work has ended: the resource is ready, stopped or failed, but ready or stopped not before its passing states have lasted their time.
    /// Work that was told to stop and got through all the same has stopped.
    package mutating func finish(at now: Timestamp, as outcome: Status) {
        needsWork = false
        settle(at: now)
        // Given up while it was pending, though the work had begun.
        if status == .createStopped { return }
        let outcome = status == .createStopping && outcome == .active ? .createStopped : outcome
        if outcome != .createFailed, let due, due > now { return }
        enter(outcome, at: now)
    }

    /// A creation is given up: at once while it is pending, and once its work has stopped when it is in progress.
    package mutating func stopCreation(at now: Timestamp) {
        if status == .createPending {
            needsWork = false
            enter(.createStopped, at: now)
        } else {
            enter(.createStopping, at: now)
        }
    }

    /// A recommender stops to serve, or serves again, half of `delay` seconds in each of the two passing states.
    package mutating func turn(_ first: Status, at now: Timestamp, delay: Double) {
        step = delay / 2
        enter(first, at: now)
    }

    package mutating func delete(at now: Timestamp, delay: Double) {
        step = delay / 2
        enter(.deletePending, at: now)
    }

    private mutating func enter(_ status: Status, at time: Timestamp) {
        self.status = status
        changed = time
        due = status.next == nil ? nil : time.advanced(bySeconds: step)
    }
}
