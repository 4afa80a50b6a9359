import Dispatch
import Logging
import ServiceKit
import Shapes
import Streams
import Synchronization
import Wire

/// A queue as the service runs it. It is read from the store when somebody first uses it.
///
/// Whatever it hands out or takes back is committed before anybody hears of it. One operation is carried out at a time; those who wait for
/// records are served on a thread of the queue's own.
final class HostedQueue: Sendable {
    private struct State {
        var deliveries: DeliveryQueue
        /// A change could not be stored: what is stored is read again before the next.
        var isStale = false
    }

    /// Those who wait.
    private struct Receivers {
        /// In the order in which they came.
        var all: [QueueReceiver] = []
        /// The queue is gone: whoever comes now does not wait.
        var isEnded = false
    }

    /// What was asked to tell when there is news.
    private struct Watch {
        var waits: [(id: UInt64, position: ShardPosition)] = []
        /// When the queue looks again by itself; milliseconds of the machine.
        var nextLook: Int64?
    }

    let id: Int64
    let stream: HostedStream
    let service: KinesisService
    private let shown: Mutex<StreamQueue>
    private let state: Mutex<State>
    private let receivers = Mutex(Receivers())
    private let watch = Mutex(Watch())
    /// True while a look is on its way.
    private let isDue = Atomic(false)
    private let server = DispatchQueue(label: "kinesis.queue")

    /// Milliseconds after which nobody who waits now waits any longer.
    private static let longestWait: Int64 = 20_000
    /// Milliseconds before a queue that could not be read is read again.
    private static let pauseAfterFailure: Int64 = 1000

    init(_ queue: StreamQueue, _ deliveries: DeliveryQueue, of stream: HostedStream, _ service: KinesisService) {
        id = queue.id
        self.stream = stream
        self.service = service
        shown = Mutex(queue)
        state = Mutex(State(deliveries: deliveries))
    }

    func facts(at now: Timestamp) -> StreamQueue {
        shown.withLock { queue in
            queue.settle(at: now)
            return queue
        }
    }

    func set(_ queue: StreamQueue, _: borrowing Committed) {
        shown.withLock { $0 = queue }
    }

    // MARK: Operations

    /// Carries out a change and stores it before it returns.
    private func change<Value: Sendable>(_ body: (inout DeliveryQueue) throws(ServiceError) -> Value) throws(ServiceError) -> Value {
        try state.withLock { state throws(ServiceError) in
            if state.isStale {
                state.deliveries = try service.store.read { try QueueTable($0).deliveries(of: id) }
                state.deliveries.adapt(to: service.time.now.milliseconds, visibility: shown.withLock { $0.settings.visibilityMilliseconds })
                state.isStale = false
            }
            let value: Value
            do throws(ServiceError) {
                value = try body(&state.deliveries)
            } catch {
                // What was found on the way to a refusal is kept too.
                try store(&state)
                throw error
            }
            try store(&state)
            return value
        }
    }

    private func store(_ state: inout State) throws(ServiceError) {
        let changes = state.deliveries.takeChanges()
        guard !changes.isEmpty else { return }
        do throws(ServiceError) {
            try service.store.write { transaction in
                let table = QueueTable(transaction.database)
                // It may have been deleted since this operation found it.
                guard try table.has(id) else { throw ServiceError.queueNotFound(shown.withLock { $0.resource }) }
                try table.save(changes, of: id)
            }
        } catch {
            state.isStale = true
            throw error
        }
    }

    /// - Throws: `ThrottlingException` when too many records are handed out.
    func receive(_ order: DeliveryQueue.Order) throws(ServiceError) -> [DeliveredRecord] {
        try change { deliveries throws(ServiceError) in
            defer { report(deliveries.takeLosses()) }
            do throws(DeliveryQueue.ReceiveRefusal) {
                return try deliveries.receive(order, from: stream.engine, at: service.time.now.milliseconds)
            } catch {
                switch error {
                case .full: throw .tooManyInFlight(id: facts(at: service.time.now).name)
                case .lost(let fault): throw .internalFailure(fault)
                }
            }
        }
    }

    private func report(_ losses: [QueueLoss]) {
        for loss in losses {
            service.log.error(
                "records of a stream are lost, and a queue goes on behind them",
                metadata: [
                    "queue": "\(shown.withLock { $0.resource.text })", "shard": "\(ShardID.text(loss.shard))",
                    "records": "at most \(loss.counters.count)", "cause": "\(loss.fault)",
                ]
            )
        }
    }

    /// Carries out the entries of a request, each by itself.
    func answer(
        _ entries: [(handle: String, visibility: Int?)],
        _ family: QueueFamily,
        by body: (inout DeliveryQueue, ReceiptHandle, _ visibility: Int64, _ now: Int64) throws(DeliveryQueue.Refusal) -> Void
    ) throws(ServiceError) -> QueueAnswers {
        let key = service.iteratorKey.withLock { $0 }
        let answers = try change { deliveries throws(ServiceError) in
            let now = service.time.now.milliseconds
            var answers = QueueAnswers()
            for entry in entries {
                guard let handle = ReceiptHandle(token: entry.handle, key: key), handle.queue == id else {
                    answers.fail(entry.handle, .foreignHandle)
                    continue
                }
                if let state = deliveries.states[handle.place], state.arrival != handle.arrival {
                    answers.fail(entry.handle, .recordNotThere(family))
                    continue
                }
                do throws(DeliveryQueue.Refusal) {
                    try body(&deliveries, handle, Int64(entry.visibility ?? 0) * 1000, now)
                    answers.successful.append(entry.handle)
                } catch {
                    answers.fail(entry.handle, error == .notThere ? .recordNotThere(family) : .recordNotInFlight)
                }
            }
            return answers
        }
        // What has become visible, or the place that has become free, may be what somebody waits for.
        look()
        return answers
    }

    func output(_ records: [DeliveredRecord]) -> Kinesis.ReceiveQueueRecordsOutput {
        let key = service.iteratorKey.withLock { $0 }
        return Kinesis.ReceiveQueueRecordsOutput(
            queueRecords: records.map { record in
                Kinesis.QueueRecord(
                    receiptHandle: ReceiptHandle(
                        queue: id,
                        place: record.place,
                        delivery: record.state.deliveries,
                        arrival: record.state.arrival
                    ).token(key: key),
                    // The number is the record's for ever, and no other record of the stream has it.
                    recordId: record.number.description,
                    partitionKey: record.partitionKey.isEmpty ? nil : String(decoding: record.partitionKey, as: UTF8.self),
                    data: record.data,
                    approximateArrivalTimestamp: Timestamp(milliseconds: record.state.arrival),
                    firstReceiveTimestamp: Timestamp(milliseconds: record.state.firstReceived ?? record.state.arrival),
                    receiveCount: record.state.receives
                )
            }
        )
    }

    // MARK: Those who wait

    func wait(_ receiver: QueueReceiver) {
        let isEnded = receivers.withLock { receivers in
            if !receivers.isEnded { receivers.all.append(receiver) }
            return receivers.isEnded
        }
        if isEnded { receiver.end() } else { look() }
    }

    func leave(_ receiver: QueueReceiver) {
        receivers.withLock { receivers in receivers.all.removeAll { $0 === receiver } }
    }

    /// The queue is gone: nobody waits any more.
    func end() {
        let left = receivers.withLock { receivers in
            defer { receivers = Receivers(isEnded: true) }
            return receivers.all
        }
        for receiver in left { receiver.end() }
        server.async { [self] in watch.withLock { stopWaiting(&$0) } }
    }

    func giveBackLater(_ records: [DeliveredRecord]) {
        server.async { [self] in
            giveBack(records)
            serve()
        }
    }

    private func giveBack(_ records: [DeliveredRecord]) {
        do throws(ServiceError) {
            try change { deliveries in deliveries.giveBack(records, at: service.time.now.milliseconds) }
        } catch {
            // They come back when their visibility timeout is over, unless the queue is gone.
            guard let cause = error.cause else { return }
            service.log.error("records of a queue could not be given back", metadata: ["cause": "\(cause)"])
        }
    }

    /// Serves those who wait, soon and on the queue's own thread.
    func look() {
        guard receivers.withLock({ !$0.all.isEmpty }) else { return }
        guard isDue.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged else { return }
        server.async { [self] in
            isDue.store(false, ordering: .relaxed)
            serve()
        }
    }

    private func serve() {
        // It was deleted while somebody came.
        guard isReceivable else { return end() }
        var (isFull, hasFailed) = (false, false)
        for family in QueueFamily.allCases {
            while let receiver = receivers.withLock({ receivers in receivers.all.first { $0.order.family == family } }) {
                do throws(ServiceError) {
                    let records = try receive(receiver.order)
                    guard !records.isEmpty else { break }
                    leave(receiver)
                    if !receiver.offer(records) { giveBack(records) }
                } catch {
                    if let cause = error.cause {
                        service.log.error("a queue cannot be read", metadata: ["cause": "\(cause)"])
                        hasFailed = true
                    } else {
                        isFull = true
                    }
                    break
                }
            }
        }
        guard hasFailed else { return watchOut(forRecords: !isFull) }
        // What is ready cannot be had: nothing would be waited for, so it is tried again a little later.
        watch.withLock { watch in
            stopWaiting(&watch)
            lookAgain(in: Self.pauseAfterFailure, &watch)
        }
    }

    var isReceivable: Bool {
        let status = facts(at: service.time.now).status
        return status == .active || status == .updating
    }

    /// Asks to be told when there is something for those who wait.
    private func watchOut(forRecords wantsRecords: Bool) {
        let families = receivers.withLock { receivers in Set(receivers.all.map(\.order.family)) }
        let now = service.time.now.milliseconds
        let (positions, visible) = state.withLock { state in
            (
                wantsRecords && families.contains(.records) ? state.deliveries.positions(in: stream.engine, at: now) : [],
                families.compactMap { state.deliveries.nextVisible($0) }.min()
            )
        }
        watch.withLock { watch in
            stopWaiting(&watch)
            // Milliseconds of the machine until there is something to do again.
            var patience = visible.map { service.machineTime($0 - now) } ?? .max
            for (position, closed) in positions {
                if let wait = stream.engine.whenReadable(from: position, now: now, { [weak self] in self?.look() }) {
                    watch.waits.append((wait, position))
                } else {
                    // There is news already, or there will be once the records that are on their way to the disk have arrived.
                    patience = min(patience, 1)
                }
                // A shard that was closed takes records until its second is over, and nothing signals when that is.
                if let closed { patience = min(patience, service.machineTime((closed + 1) * 1000 - now)) }
            }
            guard !families.isEmpty, patience <= Self.longestWait else { return }
            lookAgain(in: max(1, patience), &watch)
        }
    }

    private func lookAgain(in patience: Int64, _ watch: inout Watch) {
        let time = service.machine.now.milliseconds + patience
        if let next = watch.nextLook, next <= time { return }
        watch.nextLook = time
        server.asyncAfter(deadline: .now() + .milliseconds(Int(patience))) { [weak self] in
            guard let self else { return }
            self.watch.withLock { watch in if watch.nextLook == time { watch.nextLook = nil } }
            look()
        }
    }

    private func stopWaiting(_ watch: inout Watch) {
        for wait in watch.waits { stream.engine.cancelWait(wait.id, at: wait.position) }
        watch.waits = []
    }
}

/// What became of the entries of a request, by their receipt handles.
struct QueueAnswers: Sendable {
    var successful: [String] = []
    private(set) var failed: [(handle: String, code: String, message: String?)] = []

    mutating func fail(_ handle: String, _ error: ServiceError) { failed.append((handle, error.code, error.message)) }
}

extension ServiceError {
    fileprivate static func tooManyInFlight(id name: String) -> ServiceError {
        .Kinesis.throttling("Too many records of queue \(name) have been received and not been acknowledged.")
    }

    fileprivate static var foreignHandle: ServiceError {
        .Kinesis.invalidArgument("The receipt handle is not one of this queue.")
    }

    fileprivate static func recordNotThere(_ family: QueueFamily) -> ServiceError {
        let what = family == .records ? "record" : "dead-letter record"
        return .Kinesis.resourceNotFound("The queue has no \(what) that was received with this receipt handle and has not been received again since.")
    }

    fileprivate static var recordNotInFlight: ServiceError {
        .Kinesis.invalidArgument("The visibility timeout of the record has expired.")
    }
}
