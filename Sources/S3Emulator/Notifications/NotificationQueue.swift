import Dispatch
import Logging
import SQLite
import ServiceKit
import Synchronization
import Wire

/// Tells functions and the event bus what happened to objects.
///
/// What is to be told is written in the transaction of the change, so that a server that is killed tells it after its next start: at least once, and without
/// a gap. Told is who has it in a queue of its own. While there is nothing, nothing runs.
final class NotificationQueue: Sendable {
    typealias Receivers = (functions: any FunctionInvoker, events: any EventPublisher)

    private struct State {
        /// That are written down and not told.
        var pending = 0
        /// A look has been asked for and has not begun.
        var isAwake = false
        var isTicking = false
        /// Looks in a row that left something.
        var failures = 0
        var receivers: Receivers?
        var isDamageSaid = false
    }

    /// More are not taken: the request that would make one is refused.
    private static let maximumPending = 100_000
    /// Milliseconds of the server's clock after which what nobody takes is given up: as long as queues of functions try.
    private static let maximumAge: Int64 = 6 * 3_600_000
    private static let page = 64

    private let store: Store
    private let time: any TimeSource
    private let log: Logger
    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "notifications of buckets")

    init(store: Store, time: any TimeSource, log: Logger) {
        (self.store, self.time, self.log) = (store, time, log)
    }

    /// Goes on with what an earlier run left.
    func start(_ receivers: Receivers) {
        state.withLock { $0.receivers = receivers }
        queue.async { [self] in
            do throws(ServiceError) {
                let count = try store.read { try RecordTable.shared($0).count(PendingNotification.kind) }
                guard count > 0 else { return }
                state.withLock { $0.pending = max($0.pending, count) }
                look()
            } catch {
                log.error("notifications of an earlier run cannot be read", metadata: ["cause": "\(error.message ?? error.code)"])
            }
        }
    }

    /// Returns when nothing is told any more.
    func stop() {
        // A look that is planned comes all the same: whoever starts again plans no second one.
        state.withLock { $0 = State(isTicking: $0.isTicking) }
        queue.sync {}
    }

    // MARK: What happens

    /// Part of the transaction that changes objects.
    /// - Throws: `SlowDown` when too many wait already.
    func note(_ changes: [(change: ObjectChange, object: StoredObject)], in bucket: Bucket, _ call: Call, _ transaction: Transaction) throws {
        let own = RecordTable(transaction.database, account: call.account, region: "")
        guard !changes.isEmpty, let configuration = try BucketNotification.find(bucket.name, in: own) else { return }
        guard state.withLock({ $0.pending }) < Self.maximumPending else {
            throw ServiceError(
                "SlowDown",
                "Please reduce your request rate.",
                status: 503,
                hint: "too many notifications of buckets wait for their functions"
            )
        }
        var noted = 0
        for (index, item) in changes.enumerated() {
            let table = RecordTable.shared(transaction.database)
            if try PendingNotification.save(item.change, item.object, in: bucket, configuration, index: index, call, table) { noted += 1 }
        }
        guard noted > 0 else { return }
        transaction.afterCommit { [self, noted] _ in
            state.withLock { $0.pending += noted }
            wake()
        }
    }

    /// While receivers are busy the planned look is soon enough.
    private func wake() {
        let begins = state.withLock { state in
            guard state.receivers != nil, !state.isAwake, !state.isTicking else { return false }
            state.isAwake = true
            return true
        }
        if begins { queue.async { [self] in look() } }
    }

    // MARK: Telling

    /// Tells everything that waits, once. What cannot be taken now waits for another look: in a second, and later each time, up to eight.
    private func look() {
        state.withLock { $0.isAwake = false }
        var (after, isLeft) = ("", false)
        // A queue that did not take one is not asked for the others in this look.
        var busy: Set<String> = []
        do throws(ServiceError) {
            while let receivers = state.withLock({ $0.receivers }) {
                let page = try page(after: after)
                guard let last = page.last else { break }
                after = last
                isLeft = try tell(page.records.sorted { $0.id < $1.id }.map { PendingNotification($0) }, receivers, &busy) || isLeft
            }
        } catch {
            log.error("notifications of buckets cannot be read", metadata: ["cause": "\(error.message ?? error.code)"])
            isLeft = true
        }
        let pause = state.withLock { state -> Int? in
            state.failures = isLeft ? min(state.failures + 1, 4) : 0
            guard isLeft, state.receivers != nil, !state.isTicking else { return nil }
            state.isTicking = true
            return 1 << (state.failures - 1)
        }
        guard let pause else { return }
        queue.asyncAfter(deadline: .now() + .seconds(pause)) { [self] in
            state.withLock { $0.isTicking = false }
            wake()
        }
    }

    /// The next records by name, and the last name of them. One that cannot be read stays where it is, and keeps nobody else up.
    private func page(after: String) throws(ServiceError) -> RecordTable.Page {
        let page = try store.read { try RecordTable.shared($0).page(PendingNotification.kind, after: after, limit: Self.page) }
        for row in page.damaged where !state.withLock({ $0.isDamageSaid }) {
            state.withLock { $0.isDamageSaid = true }
            log.error("a notification of a bucket cannot be read, and is left where it is", metadata: ["cause": "\(row)"])
        }
        return page
    }

    /// - Returns: whether some are left.
    private func tell(
        _ notifications: [PendingNotification],
        _ receivers: Receivers,
        _ busy: inout Set<String>
    ) throws(ServiceError) -> Bool {
        var (done, left, isLeft) = ([String](), [PendingNotification](), false)
        for notification in notifications {
            // After a stop the rest stays as it is.
            guard state.withLock({ $0.receivers != nil }) else { break }
            guard let rest = tell(notification, receivers, &busy) else {
                done.append(notification.name)
                continue
            }
            isLeft = true
            // What nobody took is written down already.
            if rest.body != notification.body { left.append(rest) }
        }
        guard !done.isEmpty || !left.isEmpty else { return isLeft }
        try store.write { transaction in
            let table = RecordTable.shared(transaction.database)
            for name in done { try table.remove(PendingNotification.kind, name) }
            for notification in left { try table.put(PendingNotification.kind, notification.name, notification.body) }
        }
        state.withLock { $0.pending = max(0, $0.pending - done.count) }
        return isLeft
    }

    /// - Returns: what is left to tell; nil when nothing is.
    private func tell(_ notification: PendingNotification, _ receivers: Receivers, _ busy: inout Set<String>) -> PendingNotification? {
        guard let change = notification.change else { return nil }
        var rest = notification
        let age = time.now.milliseconds - notification.time.milliseconds
        var open: [Document] = []
        for target in notification.targets {
            let function = target["Function"]?.textIfAny ?? ""
            let isLeft = isOpen(function, notification, age, &busy) { () throws(ServiceError) in
                let payload = JSON.write(notification.record(id: target["Id"]?.textIfAny ?? ""))
                let region = ARN(function)?.region ?? notification.region
                try receivers.functions.hand(payload, to: function, account: ARN(function)?.account ?? notification.account, region: region)
            }
            if isLeft { open.append(target) }
        }
        let isBusOpen =
            notification.isForBus
            && isOpen("the event bus", notification, age, &busy) { () throws(ServiceError) in
                try receivers.events.publish(notification.event(change), account: notification.account, region: notification.region)
            }
        guard !open.isEmpty || isBusOpen else { return nil }
        rest.body.set("Targets", .list(open))
        rest.body.set("Bus", .boolean(isBusOpen))
        return rest
    }

    /// Whether a receiver is to be asked again: it is busy, and the notification is not too old.
    private func isOpen(
        _ receiver: String,
        _ notification: PendingNotification,
        _ age: Int64,
        _ busy: inout Set<String>,
        _ tell: () throws(ServiceError) -> Void
    ) -> Bool {
        // After the clock was set back one may be of the future, which lasts no longer than the past.
        let isTooOld = age.magnitude >= UInt64(Self.maximumAge)
        if !isTooOld, busy.contains(receiver) { return true }
        do throws(ServiceError) {
            try tell()
            return false
        } catch {
            if error.status == 429 || error.status >= 500, !isTooOld {
                busy.insert(receiver)
                return true
            }
            log.warning(
                "a notification of a bucket was given up",
                metadata: ["bucket": "\(notification.bucket)", "receiver": "\(receiver)", "cause": "\(error.code): \(error.message ?? "")"]
            )
            return false
        }
    }
}
