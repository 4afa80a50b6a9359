import Dispatch
import Logging
import ServiceKit
import Synchronization
import Wire

/// Brings the records of one shard to a function, batch by batch, in their order.
///
/// Nothing is polled: the shard wakes its reader. Everything runs on one serial queue; while nothing comes there is no thread. What is done with is written down
/// before the next batch begins, so a server that was killed begins with the batch that was in hand: each record is delivered at least once.
final class ShardReader: Sendable {
    /// What a batch's failure leaves to do, in order: each with how often it was tried.
    private struct Batch {
        var records: [StreamRecord]
        var retries = 0
        var invocations = 0
    }

    private struct State {
        var iterator: String?
        var position: MappingTable.Position
        /// Read, and not in a batch yet; when the first of them was, in milliseconds of the machine.
        var gathered: [StreamRecord] = []
        var gatheredAt: Int64 = 0
        var batches: [Batch] = []
        /// The last record that was read, whether it is for the function or not.
        var lastRead: String?
        /// The last record of what is in batches.
        var horizon: String?
        var failures = 0
        /// Before this, in milliseconds of the machine, what failed is not tried again.
        var notBefore: Int64 = 0
        /// When a later look is planned, in milliseconds of the machine.
        var planned: Int64?
        var endsShard = false
        var isStopped = false
        var isScheduled = false
        /// The shard is going to wake the reader.
        var isWatching = false
        var cancelWait: (@Sendable () -> Void)?
        /// A batch is with the function.
        var isDelivering = false
        var isLooking = false

        /// All that came was read and is done with, and whatever comes next wakes the reader.
        var isIdle: Bool {
            isWatching && !isScheduled && !isLooking && !isDelivering && gathered.isEmpty && batches.isEmpty
        }
    }

    /// Of a batch as the function gets it, with what stands around the records.
    private static let maximumBytes = InvokeRequest.maximumPayload - 64
    private static let maximumPause = 60

    private let settings: MappingSettings
    private let shard: String
    private let host: EventSources
    private let queue: DispatchQueue
    private let state: Mutex<State>

    init(_ settings: MappingSettings, shard: String, position: MappingTable.Position, host: EventSources) {
        (self.settings, self.shard, self.host) = (settings, shard, host)
        queue = DispatchQueue(label: "event source \(shard)")
        state = Mutex(State(position: position))
    }

    func start() { wake() }

    /// Whether the function has had every record that was acknowledged before this is asked.
    var isIdle: Bool { state.withLock { $0.isIdle } }

    /// Nothing is begun any more; what is in hand is delivered again by whoever follows.
    func stop() {
        let cancel = state.withLock { state in
            state.isStopped = true
            defer { state.cancelWait = nil }
            return state.cancelWait
        }
        cancel?()
    }

    private func wake() {
        let goes = state.withLock { state in
            guard !state.isStopped, !state.isScheduled else { return false }
            state.isScheduled = true
            return true
        }
        guard goes else { return }
        queue.async { [self] in
            state.withLock { ($0.isScheduled, $0.isLooking) = (false, true) }
            look()
            state.withLock { $0.isLooking = false }
        }
    }

    private func wake(after seconds: Double) {
        let target = FunctionPool.now + Int64(seconds * 1000)
        let goes = state.withLock { state in
            if let planned = state.planned, planned <= target { return false }
            state.planned = target
            return !state.isStopped
        }
        guard goes else { return }
        queue.asyncAfter(deadline: .now() + seconds) { [weak self] in
            guard let self else { return }
            state.withLock { if $0.planned == target { $0.planned = nil } }
            wake()
        }
    }

    // MARK: One look

    private func look() {
        guard !state.withLock({ $0.isStopped || $0.isDelivering }) else { return }
        if let (batch, notBefore) = state.withLock({ state in state.batches.first.map { ($0, state.notBefore) } }) {
            let pause = notBefore - FunctionPool.now
            return pause > 0 ? wake(after: Double(pause) / 1000) : deliver(batch)
        }
        watch()
        do throws(ServiceError) {
            try read()
        } catch {
            state.withLock { $0.iterator = nil }
            // Iterators live for five minutes.
            if error.code == "ExpiredIteratorException" { return wake() }
            // The stream is gone or being made, the log cannot be read, or somebody reads too much.
            host.note("PROBLEM: \(error.message ?? error.code)", settings)
            return wake(after: 1)
        }
        formBatch()
    }

    /// Asks to be woken by whatever comes from now on, before what is there is read.
    private func watch() {
        let watches = state.withLock { state in
            guard !state.isWatching, !state.endsShard else { return false }
            state.isWatching = true
            return true
        }
        guard watches else { return }
        let cancel = host.watcher.watch(stream: settings.stream, shard: shard, account: settings.account, region: settings.region) { [weak self] in
            guard let self else { return }
            state.withLock { ($0.isWatching, $0.cancelWait) = (false, nil) }
            wake()
        }
        // The news may have come, and the reader may have been stopped, before this line.
        let isStopped = state.withLock { state in
            if cancel == nil { state.isWatching = false } else if state.isWatching { state.cancelWait = cancel }
            return state.isStopped
        }
        if isStopped { cancel?() }
        // Nothing tells when a shard that was closed takes its last record.
        if cancel == nil { wake(after: 0.5) }
    }

    private func read() throws(ServiceError) {
        while true {
            let (iterator, room, ends) = state.withLock { state in
                (state.iterator, settings.batchSize * settings.lanes - state.gathered.count, state.endsShard)
            }
            guard room > 0, !ends else { return }
            let current: String
            if let iterator { current = iterator } else { current = try newIterator() }
            let answer = try host.call(
                "kinesis",
                "GetRecords",
                [("ShardIterator", .string(current)), ("Limit", .integer(Int64(min(room, 10_000))))],
                settings
            )
            let read = (answer["Records"]?.listIfAny ?? []).compactMap { StreamRecord($0) }
            let records = read.filter { settings.filter.matches($0) }
            let next = answer["NextShardIterator"]?.textIfAny
            let bytes = state.withLock { state in
                if state.gathered.isEmpty, !records.isEmpty { state.gatheredAt = FunctionPool.now }
                state.gathered += records
                state.lastRead = read.last?.sequence ?? state.lastRead
                state.iterator = next
                if next == nil { state.endsShard = true }
                return state.gathered.reduce(0) { $0 + $1.size }
            }
            guard !read.isEmpty, bytes < Self.maximumBytes, next != nil else { return }
        }
    }

    private func newIterator() throws(ServiceError) -> String {
        let sequence = state.withLock { $0.lastRead ?? $0.position.sequence }
        let start: [(name: String, value: Document?)] =
            sequence.map { [("ShardIteratorType", .string("AFTER_SEQUENCE_NUMBER")), ("StartingSequenceNumber", .string($0))] } ?? settings.start
        let answer = try host.call(
            "kinesis",
            "GetShardIterator",
            [("StreamARN", .string(settings.stream)), ("ShardId", .string(shard))] + start,
            settings
        )
        return answer["ShardIterator"]?.textIfAny ?? ""
    }

    /// What is for nobody is done with, once nothing stands before it.
    private func passOver() {
        let sequence = state.withLock { state -> String? in
            guard !settings.filter.isEmpty, state.gathered.isEmpty, state.batches.isEmpty, state.lastRead != state.position.sequence else {
                return nil
            }
            return state.lastRead
        }
        if let sequence { advance(to: sequence) }
    }

    /// A batch is closed by its size, or by its window.
    private func formBatch() {
        passOver()
        let now = FunctionPool.now
        let (isFormed, pause, isOver) = state.withLock { state -> (Bool, Double?, Bool) in
            guard !state.gathered.isEmpty else { return (false, nil, state.endsShard) }
            let left = Int64(settings.window) * 1000 - (now - state.gatheredAt)
            let isFull = state.gathered.count >= settings.batchSize || state.gathered.reduce(0) { $0 + $1.size } >= Self.maximumBytes
            guard isFull || left <= 0 || state.endsShard else { return (false, Double(left) / 1000, false) }
            // A lane that is full ends the batch: what comes after it in the lane would overtake it otherwise.
            var (count, bytes, inLane) = (0, 0, [UInt64: Int]())
            while count < state.gathered.count, count == 0 || bytes + state.gathered[count].size <= Self.maximumBytes {
                let lane = lane(of: state.gathered[count].key)
                guard inLane[lane, default: 0] < settings.batchSize else { break }
                inLane[lane, default: 0] += 1
                bytes += state.gathered[count].size
                count += 1
            }
            state.batches.append(Batch(records: Array(state.gathered.prefix(count))))
            state.horizon = state.batches.last?.records.last?.sequence
            state.gathered.removeFirst(count)
            state.gatheredAt = now
            return (true, nil, false)
        }
        if isFormed { wake() }
        if let pause { wake(after: max(pause, 0.001)) }
        if isOver { end() }
    }

    private func end() {
        let position = state.withLock { state in
            state.position.isDone = true
            return state.position
        }
        guard host.save(position, of: shard, settings) else { return wake(after: 1) }
        stop()
        host.ended(shard, settings)
    }

    // MARK: One batch

    private func deliver(_ batch: Batch) {
        // Records of one key are in one lane and keep their order; lanes are delivered at the same time.
        var lanes: [[StreamRecord]] = [batch.records]
        if settings.lanes > 1 {
            let byKey = Dictionary(grouping: batch.records) { lane(of: $0.key) }
            lanes = byKey.sorted { $0.key < $1.key }.map(\.value)
        }
        let group = DispatchGroup()
        let outcomes = Mutex<[Int: (BatchOutcome, String)]>([:])
        for (index, records) in lanes.enumerated() {
            group.enter()
            host.deliver(records, of: shard, settings) { outcome, requestID in
                outcomes.withLock { $0[index] = (outcome, requestID) }
                group.leave()
            }
        }
        // Functions may take a quarter of an hour: no thread waits for them.
        state.withLock { $0.isDelivering = true }
        group.notify(queue: queue) { [self, lanes] in
            let isStopped = state.withLock { state in
                state.isDelivering = false
                return state.isStopped
            }
            if !isStopped { settle(batch, lanes, outcomes.withLock { $0 }) }
        }
    }

    private func settle(_ batch: Batch, _ lanes: [[StreamRecord]], _ results: [Int: (BatchOutcome, String)]) {
        let failed = results.filter { $0.value.0 != .done }.sorted { $0.key < $1.key }
        guard !failed.isEmpty else { return finish(batch) }
        host.note("PROBLEM: Function call failed", settings)
        retry(batch, lanes, failed.map { ($0.key, $0.value.0, $0.value.1) })
    }

    private func lane(of key: String) -> UInt64 {
        settings.lanes == 1
            ? 0 : key.utf8.reduce(UInt64(14_695_981_039_346_656_037)) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 } % UInt64(settings.lanes)
    }

    /// The first batch is done with.
    private func finish(_ batch: Batch, _ result: String = "OK") {
        let position = state.withLock { state in
            state.batches.removeFirst()
            state.failures = 0
            // Lanes hold records between each other's: the position moves when all of them are done.
            if settings.lanes > 1, !state.batches.isEmpty { return nil as MappingTable.Position? }
            state.position.sequence = settings.lanes > 1 ? state.horizon : batch.records.last?.sequence
            return state.position
        }
        if let position, !host.save(position, of: shard, settings) {
            // It could not be written down, because the disk is full say: the batch may come again after a restart.
            host.log.error("the position of an event source could not be kept", metadata: ["mapping": "\(settings.id)", "shard": "\(shard)"])
        }
        host.note(result, settings)
        wake()
    }

    /// What stands before the record that failed is done with.
    private func advance(to sequence: String) {
        let position = state.withLock { state in
            state.position.sequence = sequence
            return state.position
        }
        _ = host.save(position, of: shard, settings)
    }

    private func retry(_ batch: Batch, _ lanes: [[StreamRecord]], _ failed: [(lane: Int, outcome: BatchOutcome, requestID: String)]) {
        let now = host.time.now.milliseconds
        var left: [Batch] = []
        for (lane, outcome, requestID) in failed {
            var records = lanes[lane]
            var isPartial = false
            if case .failedFrom(let index) = outcome {
                (records, isPartial) = (Array(records[index...]), true)
                if settings.lanes == 1 { advance(to: lanes[lane][index - 1].sequence) }
            }
            if outcome == .tooLarge, records.count > 1 {
                // What AWS's own event would not hold either is cut, whatever the mapping says of failures.
                left += Self.halves(records).map { Batch(records: $0, retries: batch.retries, invocations: batch.invocations) }
                continue
            }
            let age = settings.maximumAge
            let isTooOld = age >= 0 && (records.first.map { now - $0.arrival > Int64(age) * 1000 } ?? false)
            let isExpired = age < 0 && (records.first.map { now - $0.arrival > host.retention(settings) } ?? false)
            // Cutting a batch in two is no retry.
            let splits = settings.bisects && records.count > 1
            let isSpent = outcome == .tooLarge || (!splits && settings.maximumRetries >= 0 && batch.retries >= settings.maximumRetries)
            if isTooOld || isExpired || isSpent {
                let condition = isTooOld || isExpired ? "RecordAgeExceeded" : "RetryAttemptsExhausted"
                host.giveUp(
                    records,
                    of: shard,
                    settings,
                    condition: condition,
                    invocations: batch.invocations + 1,
                    requestID: requestID,
                    isPartial: isPartial
                )
                continue
            }
            if splits {
                left += Self.halves(records).map { Batch(records: $0, retries: batch.retries, invocations: batch.invocations + 1) }
            } else {
                left.append(Batch(records: records, retries: batch.retries + 1, invocations: batch.invocations + 1))
            }
        }
        let pause = state.withLock { state -> Double? in
            state.failures += 1
            guard !left.isEmpty else { return nil }
            state.batches.replaceSubrange(0..<1, with: left)
            let splits = left.count > failed.count
            let pause = splits ? 0 : min(Double(Self.maximumPause), Double(1 << min(state.failures - 1, 6)))
            state.notBefore = FunctionPool.now + Int64(pause * 1000)
            return pause
        }
        guard let pause else { return finish(batch, "PROBLEM: Function call failed") }
        wake(after: pause)
    }

    private static func halves(_ records: [StreamRecord]) -> [[StreamRecord]] {
        let middle = (records.count + 1) / 2
        return [Array(records[..<middle]), Array(records[middle...])]
    }
}
