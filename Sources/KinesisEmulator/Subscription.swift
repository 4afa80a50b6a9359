import ServiceKit
import Shapes
import Streams
import Synchronization
import Wire

/// One consumer's hold on one shard: gives its records as they come, and says so when there are none.
///
/// Nothing is polled: the shard signals when it has records, and whatever else can happen has a time.
final class Subscription: EventSource {
    private struct State {
        var position: ShardPosition
        /// When the last event was sent, or the subscription began; epoch milliseconds of the machine, for that is how long clients wait.
        var heard: Int64
        /// The arrival of the newest record sent.
        var newest: Int64 = 0
        /// How far behind the newest record it was when it looked last, and when that was; milliseconds.
        var lag: (at: Int64, behind: Int64) = (0, 0)
        /// With limits, nothing is sent before this time.
        var paid: Int64 = 0
        /// The shard's name for the wait that is under way.
        var wait: UInt64?
        var wake: (@Sendable () -> Void)?
        /// Why the subscription is to end.
        var verdict: ServiceError?
        /// The shard's last event has been sent.
        var hasReachedEnd = false
    }

    let consumer: ConsumerName
    let shard: Int32
    let began: Timestamp
    private let stream: HostedStream
    private let service: KinesisService
    private let ends: Int64
    private let state: Mutex<State>

    /// An event holds no more than this of partition keys and data, unless a single record does.
    private static let eventBytes = 1 << 20
    private static let eventRecords = 10_000
    /// Milliseconds without records after which an event says that there are none.
    static let heartbeat: Int64 = 5000
    /// What a consumer may read of one shard in a second, with limits.
    private static let bytesPerSecond: Int64 = 2 << 20

    init(_ consumer: ConsumerName, shard: Int32, of stream: HostedStream, from position: ShardPosition, _ service: KinesisService, _ call: Call) {
        self.consumer = consumer
        self.shard = shard
        self.stream = stream
        self.service = service
        began = call.now
        ends = call.now.advanced(bySeconds: service.configuration.subscriptionLifetime).milliseconds
        state = Mutex(State(position: position, heard: service.machine.now.milliseconds))
    }

    /// How far behind the newest record it was when it looked last, and when that was; epoch milliseconds, and milliseconds.
    var lag: (at: Int64, behind: Int64) { state.withLock { $0.lag } }

    /// Behind the last record that was sent.
    var position: ShardPosition { state.withLock { $0.position } }

    /// Decides anew, for the clock was set.
    func look() {
        state.withLock { $0.wake }?()
    }

    /// Ends the subscription with an error, as soon as it can be sent to its client.
    func end(_ verdict: ServiceError) {
        let wake = state.withLock { state in
            state.verdict = state.verdict ?? verdict
            return state.wake
        }
        wake?()
    }

    func close() {
        state.withLock { state in
            stopWaiting(&state)
            state.wake = nil
        }
        service.subscriptions.withLock { $0.closed(self) }
    }

    func next(isEnding: Bool, _ wake: @escaping @Sendable () -> Void) -> EventStep {
        let now = service.time.now
        let step = state.withLock { state in
            stopWaiting(&state)
            state.wake = wake
            return isEnding ? EventStep.end : decide(&state, now, wake)
        }
        switch step {
        case .end, .exception: service.subscriptions.withLock { $0.ended(self) }
        case .event, .nothing: break
        }
        return step
    }

    private func decide(_ state: inout State, _ now: Timestamp, _ wake: @escaping @Sendable () -> Void) -> EventStep {
        if let verdict = state.verdict { return .exception(verdict) }
        guard service.hosts(stream, at: now) else { return .exception(.streamNotFound(stream.key)) }
        if state.hasReachedEnd || now.milliseconds >= ends { return .end }
        let machine = service.machine.now.milliseconds
        if state.paid > now.milliseconds {
            return .nothing(milliseconds: min(Self.heartbeat, service.machineTime(min(state.paid, ends) - now.milliseconds)))
        }
        let engine = stream.engine
        let page: RecordPage
        do {
            page = try engine.read(
                from: state.position,
                limit: Self.eventRecords,
                bytes: Self.eventBytes,
                now: now.milliseconds,
                isCharged: false
            )
        } catch {
            if case .lost(let fault) = error { return .exception(.internalFailure(fault)) }
            return .exception(.shardDoesNotExist(shard, in: stream.key))
        }
        state.position = page.next
        state.lag = (now.milliseconds, page.millisBehindLatest)
        if page.count > 0 || page.isEnd || machine - state.heard >= Self.heartbeat { return event(page, &state, now: now, machine: machine) }
        state.wait = engine.whenReadable(from: page.next, now: now.milliseconds, wake)
        // Without a wait there is news already, or there will be once the records that are on their way to the disk have arrived.
        let patience = state.wait == nil ? 1 : state.heard + Self.heartbeat - machine
        return .nothing(milliseconds: max(1, min(patience, service.machineTime(ends - now.milliseconds), service.machineTime(untilClosed(now)))))
    }

    private func event(_ page: RecordPage, _ state: inout State, now: Timestamp, machine: Int64) -> EventStep {
        state.heard = machine
        state.hasReachedEnd = page.isEnd
        let records = KinesisService.records(page, isEncrypted: stream.facts(at: now).keyID != nil)
        if let last = records.last?.approximateArrivalTimestamp { state.newest = last.milliseconds }
        if service.configuration.enforcesStreamLimits {
            state.paid = now.milliseconds + Int64(page.bytes) * 1000 / Self.bytesPerSecond
        }
        // Consumers take the end of a shard from the absence of a number to go on from, and refuse an event that has both it and children.
        let continuation = page.isEnd ? nil : stream.engine.continuation(of: page.next, now: max(now.milliseconds, state.newest))
        let event = Kinesis.SubscribeToShardEvent(
            records: records,
            continuationSequenceNumber: continuation?.description,
            millisBehindLatest: Int(page.millisBehindLatest),
            childShards: page.isEnd ? page.children.map { Kinesis.ChildShard($0) } : nil
        )
        return .event("SubscribeToShardEvent", event.document)
    }

    /// A shard that was closed takes records until its second is over, and nothing signals when that is.
    private func untilClosed(_ now: Timestamp) -> Int64 {
        guard let shown = stream.engine.shards(.after(shard - 1), at: now.milliseconds).first, shown.index == shard, let closed = shown.closed else {
            return .max
        }
        return (closed + 1) * 1000 - now.milliseconds
    }

    private func stopWaiting(_ state: inout State) {
        guard let wait = state.wait else { return }
        state.wait = nil
        stream.engine.cancelWait(wait, at: state.position)
    }
}
