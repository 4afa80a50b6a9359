/// What a queue on a stream has handed out: a value without a clock, a disk or a wire.
///
/// Of each shard it knows the counter up to which records were taken. Below it only what nobody has acknowledged has a state, so an acknowledged
/// record is one below the counter without a state, and a queue that has handed out ten million acknowledged records keeps nothing of them.
package struct DeliveryQueue: Sendable {
    /// Records handed out and not acknowledged, dead letters left out: no more are taken from the stream.
    package static let maximumOutstanding = 120_000
    /// Dead letters: no more records are taken from the stream.
    package static let maximumDeadLetters = 1_000_000
    /// Milliseconds between two looks for records whose retention has ended.
    private static let purgeInterval: Int64 = 60_000

    package private(set) var cursors: [Int32: UInt64]
    package private(set) var states: [RecordPlace: DeliveryState] = [:]
    package private(set) var deadLetters = 0
    /// Shards that were read to their end. It is found again by reading, so it is not stored.
    var finished: Set<Int32> = []
    /// Behind which shard the next look begins, for none is to wait for another.
    var lastShard: Int32 = -1

    private var heaps: [DeliveryState.Stage: DeliveryHeap] = [:]
    private var nextPurge: Int64 = .min
    /// The latest time that was seen; nil before the first.
    private var latest: Int64?
    /// What was passed over, since it was asked for last.
    var losses: [QueueLoss] = []
    private var touched: Set<RecordPlace> = []
    private var touchedShards: Set<Int32> = []

    /// - Parameters:
    ///   - cursors: the counters to go on from; a shard without one is read from its beginning.
    ///   - states: as they were stored.
    package init(cursors: [Int32: UInt64] = [:], states: [RecordPlace: DeliveryState] = [:]) {
        self.cursors = cursors
        self.states = states
        deadLetters = states.values.count { $0.stage == .dead }
        rebuild()
    }

    /// Those that are not dead letters.
    package var outstanding: Int { states.count - deadLetters }

    package var isFull: Bool {
        outstanding >= Self.maximumOutstanding || deadLetters >= Self.maximumDeadLetters
    }

    // MARK: What is stored

    /// All changes since the last call, in a fixed order.
    package mutating func takeChanges() -> QueueChanges {
        defer {
            touched = []
            touchedShards = []
        }
        return QueueChanges(
            cursors: touchedShards.sorted().map { ($0, cursors[$0]) },
            states: touched.sorted().map { ($0, states[$0]) }
        )
    }

    /// What was passed over since the last call, for the log has it no more.
    package mutating func takeLosses() -> [QueueLoss] {
        defer { losses = [] }
        return losses
    }

    // MARK: Time

    /// A clock that is behind by less is left alone, in milliseconds.
    private static let slack: Int64 = 1000
    /// The longest visibility timeout, in milliseconds.
    private static let longestVisibility: Int64 = 43_200_000

    /// A clock that was set back: what is in flight stays so for as long as it would have, and what is visible stays visible.
    private mutating func follow(_ now: Int64) {
        guard let seen = latest, now < seen - Self.slack else {
            latest = max(latest ?? now, now)
            return
        }
        latest = now
        nextPurge = min(nextPurge, now)
        for (place, state) in states where state.visibleAt > now {
            var moved = state
            moved.visibleAt = max(now, state.visibleAt - (seen - now))
            set(place, moved)
        }
        rebuild()
    }

    /// To be called for what was stored: a clock that was set back since keeps nothing in flight for longer than `visibility`, in milliseconds.
    package mutating func adapt(to now: Int64, visibility: Int64) {
        let isBack = states.values.contains { state in state.firstReceived.map { $0 > now + Self.slack } ?? false }
        let limit = now + (isBack ? visibility : Self.longestVisibility)
        for (place, state) in states where state.visibleAt > limit {
            var moved = state
            moved.visibleAt = now + visibility
            set(place, moved)
        }
        rebuild()
    }

    /// What was handed out for the last time and not acknowledged in time is a dead letter now.
    mutating func settle(at now: Int64) {
        follow(now)
        while let entry = current(.last), entry.visibleAt <= now {
            heaps[.last]?.removeFirst()
            guard var state = states[entry.place] else { continue }
            state.stage = .dead
            // Not a change to be stored: it follows from the time.
            states[entry.place] = state
            deadLetters += 1
            heaps[.dead, default: DeliveryHeap()].insert(entry)
        }
    }

    /// When a record of the family is the next to become visible, whether that is past or to come; nil when there is none.
    package mutating func nextVisible(_ family: QueueFamily) -> Int64? {
        switch family {
        case .records: return current(.normal)?.visibleAt
        case .deadLetters: return [current(.last)?.visibleAt, current(.dead)?.visibleAt].compactMap { $0 }.min()
        }
    }

    /// Forgets records whose retention has ended, from time to time.
    mutating func purge(before horizon: Int64, at now: Int64) {
        guard now >= nextPurge else { return }
        nextPurge = now + Self.purgeInterval
        for (place, state) in states where state.arrival < horizon { remove(place) }
    }

    // MARK: Deliveries

    /// The next record to hand out again, if one is visible.
    mutating func nextReturned(_ family: QueueFamily, at now: Int64) -> RecordPlace? {
        guard let entry = current(family == .records ? .normal : .dead), entry.visibleAt <= now else { return nil }
        return entry.place
    }

    /// Hands a record out, until `end`. It is entered in no heap yet: what a call has handed out it does not hand out again.
    /// - Parameter maximum: receives after which it becomes a dead letter; nil for never.
    mutating func deliver(_ place: RecordPlace, arrival: Int64, at now: Int64, until end: Int64, maximum: Int?) -> DeliveryState {
        var state = states[place] ?? DeliveryState(arrival: arrival, firstReceived: nil, visibleAt: end, receives: 0, deliveries: 0, stage: .normal)
        state.firstReceived = state.firstReceived ?? now
        state.visibleAt = end
        state.receives += 1
        state.deliveries += 1
        if state.stage != .dead { state.stage = maximum.map { state.receives >= $0 } == true ? .last : .normal }
        set(place, state)
        return state
    }

    /// Enters what was handed out.
    mutating func enter(_ places: [RecordPlace]) {
        for place in places {
            guard let state = states[place] else { continue }
            heaps[state.stage, default: DeliveryHeap()].insert(.init(visibleAt: state.visibleAt, place: place, delivery: state.deliveries))
        }
        // What has changed since it was entered is still there.
        if heaps.values.reduce(0, { $0 + $1.count }) > 2 * states.count + 1024 { rebuild() }
    }

    /// A record that cannot be read now is visible later.
    mutating func putOff(_ place: RecordPlace, until time: Int64) {
        guard var state = states[place] else { return }
        state.visibleAt = time
        set(place, state)
        enter([place])
    }

    /// Records that were handed out and reached nobody: visible at once, as if they had not been.
    package mutating func giveBack(_ records: [DeliveredRecord], at now: Int64) {
        for record in records {
            guard var state = states[record.place], state.deliveries == record.state.deliveries else { continue }
            state.receives -= 1
            state.deliveries += 1
            if state.receives == 0 { state.firstReceived = nil }
            state.visibleAt = now
            if state.stage == .last { state.stage = .normal }
            set(record.place, state)
        }
        enter(records.map(\.place))
    }

    // MARK: What receivers say

    /// Why an entry of a request fails.
    package enum Refusal: Error, Sendable, Equatable {
        /// Acknowledged, expired, handed out again since, or of the other family.
        case notThere
        case notInFlight
    }

    /// The record that a delivery handed out, while it is the newest one.
    private mutating func held(_ place: RecordPlace, _ delivery: Int64, _ family: QueueFamily, at now: Int64) throws(Refusal) -> DeliveryState {
        settle(at: now)
        guard let state = states[place], state.deliveries == delivery, (state.stage == .dead) == (family == .deadLetters) else { throw .notThere }
        return state
    }

    package mutating func acknowledge(_ place: RecordPlace, _ delivery: Int64, _ family: QueueFamily, at now: Int64) throws(Refusal) {
        _ = try held(place, delivery, family, at: now)
        remove(place)
    }

    /// - Parameter end: until when the record stays in flight; `now` makes it visible at once.
    package mutating func setVisibility(
        _ place: RecordPlace,
        _ delivery: Int64,
        _ family: QueueFamily,
        until end: Int64,
        at now: Int64
    ) throws(Refusal) {
        var state = try held(place, delivery, family, at: now)
        guard state.visibleAt > now else { throw .notInFlight }
        state.visibleAt = end
        set(place, state)
        enter([place])
    }

    /// Makes a dead letter a record again, which has never been received.
    package mutating func restore(_ place: RecordPlace, _ delivery: Int64, at now: Int64) throws(Refusal) {
        var state = try held(place, delivery, .deadLetters, at: now)
        state.stage = .normal
        state.receives = 0
        state.deliveries += 1
        state.visibleAt = now
        set(place, state)
        enter([place])
    }

    // MARK: Changes

    mutating func setCursor(_ shard: Int32, _ counter: UInt64?) {
        guard cursors[shard] != counter else { return }
        cursors[shard] = counter
        touchedShards.insert(shard)
    }

    mutating func remove(_ place: RecordPlace) {
        guard let state = states.removeValue(forKey: place) else { return }
        if state.stage == .dead { deadLetters -= 1 }
        touched.insert(place)
    }

    private mutating func set(_ place: RecordPlace, _ state: DeliveryState) {
        if states[place]?.stage == .dead { deadLetters -= 1 }
        if state.stage == .dead { deadLetters += 1 }
        states[place] = state
        touched.insert(place)
    }

    /// The first entry of a heap that still says what is so.
    private mutating func current(_ stage: DeliveryState.Stage) -> DeliveryHeap.Entry? {
        while let entry = heaps[stage]?.first {
            if let state = states[entry.place], state.stage == stage, state.deliveries == entry.delivery, state.visibleAt == entry.visibleAt {
                return entry
            }
            heaps[stage]?.removeFirst()
        }
        return nil
    }

    private mutating func rebuild() {
        heaps = [:]
        for (place, state) in states {
            heaps[state.stage, default: DeliveryHeap()].insert(.init(visibleAt: state.visibleAt, place: place, delivery: state.deliveries))
        }
    }
}
