import Streams
import Synchronization
import Wire

/// What one minute of the server's clock brought to a stream.
struct LoadedMinute: Sendable, Equatable {
    /// Minutes since the epoch.
    let minute: Int64
    /// Partition keys and data of records that were stored.
    var bytes = 0
    var records = 0
    /// The same bytes by shard, a record without any counting as one.
    var shards: [Int32: Int] = [:]

    /// Milliseconds.
    static let length: Int64 = 60_000

    static func minute(of time: Timestamp) -> Int64 { time.milliseconds.flooredQuotient(by: length) }

    /// Of two minutes the one that brought more, with the higher figures of both.
    func joined(with other: LoadedMinute) -> LoadedMinute {
        var busier = max(bytes, records) >= max(other.bytes, other.records) ? self : other
        busier.bytes = max(bytes, other.bytes)
        busier.records = max(records, other.records)
        return busier
    }
}

extension Int64 {
    /// The quotient rounded down, also below zero.
    func flooredQuotient(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}

/// Counts what an on-demand stream takes in, minute by minute; see `KinesisService.lookAtLoad`.
final class OnDemandLoad: Sendable {
    private struct State: Sendable {
        var open: LoadedMinute?
        /// What is over and was not taken yet.
        var over: LoadedMinute?
        var peak: OnDemandPeak?
        /// When it is looked at next, in nanoseconds of the machine; nil when nobody will by himself.
        var nextLook: UInt64?

        mutating func close() {
            if let open { keep(open) }
            open = nil
        }

        mutating func keep(_ minute: LoadedMinute) {
            over = over?.joined(with: minute) ?? minute
        }
    }

    private let state = Mutex(State())

    /// Counts what a put has stored.
    /// - Returns: true for the first of a minute.
    func note(_ outcomes: [PutOutcome], of entries: [PutEntry], at now: Timestamp) -> Bool {
        let minute = LoadedMinute.minute(of: now)
        return state.withLock { state in
            let isFirst = state.open?.minute != minute
            if isFirst { state.close() }
            var open = state.open ?? LoadedMinute(minute: minute)
            // Changed in place, without a copy of its table.
            state.open = nil
            for (outcome, entry) in zip(outcomes, entries) {
                guard case .stored(let shard, _) = outcome else { continue }
                open.bytes += entry.size
                open.records += 1
                open.shards[shard, default: 0] += max(1, entry.size)
            }
            state.open = open
            return isFirst
        }
    }

    /// Whether something was counted that is not taken yet.
    var isCounting: Bool { state.withLock { $0.open != nil || $0.over != nil } }

    /// Takes what was counted in minutes that are over at `now`.
    /// - Returns: nil when there is none.
    func take(at now: Timestamp) -> LoadedMinute? {
        state.withLock { state in
            if let open = state.open, open.minute != LoadedMinute.minute(of: now) { state.close() }
            defer { state.over = nil }
            return state.over
        }
    }

    /// Gives back what was taken and could not be kept, or not be acted on.
    func putBack(_ minute: LoadedMinute) {
        state.withLock { $0.keep(minute) }
    }

    // MARK: Looks

    /// Notes that it will be looked at.
    /// - Parameter deadline: in nanoseconds of the machine.
    /// - Returns: false when it will be before that anyway, and nothing has to be done.
    func expectsLook(at deadline: UInt64) -> Bool {
        state.withLock { state in
            if let next = state.nextLook, next <= deadline { return false }
            state.nextLook = deadline
            return true
        }
    }

    /// - Returns: false for a look that an earlier one has taken the place of.
    func beginsLook(at deadline: UInt64) -> Bool {
        state.withLock { state in
            guard state.nextLook == deadline else { return false }
            state.nextLook = nil
            return true
        }
    }

    /// What is kept of the last 30 days; nil until it was read.
    var peak: OnDemandPeak? {
        get { state.withLock { $0.peak } }
        set { state.withLock { $0.peak = newValue } }
    }

    /// Begins anew.
    func forget() {
        state.withLock { state in
            // A look that was ordered comes all the same.
            let next = state.nextLook
            state = State()
            state.nextLook = next
        }
    }
}
