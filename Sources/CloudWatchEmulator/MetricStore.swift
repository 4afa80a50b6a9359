import ServiceKit
import Synchronization
import Wire

/// The values of one metric and unit that fall into one span of time.
struct MetricSlot: Sendable {
    /// When the span begins, epoch seconds: a whole minute, or a second of metrics of high resolution.
    var start: Int64
    var unit: String
    var values: MetricValues
}

/// Every metric in memory, and no more of them than fits.
final class MetricStore: Sendable {
    /// Spans of all metrics together; beyond so many the oldest of each go.
    static let maximumSlots = 400_000
    static let maximumMetrics = 20_000
    /// Bytes that the names of all metrics take: one may have thirty dimensions of a kibibyte.
    static let maximumNameBytes = 64 << 20
    /// How long values are kept, in seconds: 15 days, and those of single seconds three hours.
    static let kept: Int64 = 15 * 86_400
    static let keptOfSeconds: Int64 = 3 * 3600

    struct Series: Sendable {
        /// In the order of time; of one time, one for each unit.
        var slots: [MetricSlot] = []
        /// All values since the start, which no end of retention takes away.
        var total: MetricValues?
        var newest: Int64 = .min
    }

    private struct State {
        var series: [MetricKey: Series] = [:]
        var slots = 0
        var nameBytes = 0
    }

    private let state = Mutex(State())

    /// - Parameters:
    ///   - time: when the values were measured.
    ///   - seconds: how long a span is, 1 or 60.
    func add(_ values: MetricValues, to key: MetricKey, unit: String, at time: Timestamp, seconds: Int64, now: Timestamp) {
        let start = Self.floor(time.seconds, seconds)
        state.withLock { state in
            if state.series[key] == nil {
                if state.series.count >= Self.maximumMetrics || state.nameBytes + key.bytes > Self.maximumNameBytes {
                    Self.dropStalest(&state)
                }
                state.nameBytes += key.bytes
            }
            let added = state.series[key, default: Series()].add(MetricSlot(start: start, unit: unit, values: values))
            if added { state.slots += 1 }
            if state.slots > Self.maximumSlots { Self.shrink(&state, now: now.seconds) }
        }
    }

    static func floor(_ time: Int64, _ span: Int64) -> Int64 {
        let rest = time % span
        return time - (rest < 0 ? rest + span : rest)
    }

    /// The metrics that got no value for the longest time make room: so many at once that they are not looked for with each new one.
    private static func dropStalest(_ state: inout State) {
        var (count, bytes) = (max(1, state.series.count / 16), state.nameBytes / 16)
        for (key, series) in state.series.sorted(by: { $0.value.newest < $1.value.newest }) {
            guard count > 0 || bytes > 0 else { return }
            (count, bytes) = (count - 1, bytes - key.bytes)
            state.slots -= series.slots.count
            state.nameBytes -= key.bytes
            state.series[key] = nil
        }
    }

    /// What is too old goes, and when that is not enough, the older quarter of each metric.
    private static func shrink(_ state: inout State, now: Int64) {
        state.slots = 0
        for key in state.series.keys {
            state.series[key]?.slots.removeAll { $0.start < now - (($0.start % 60 == 0) ? kept : keptOfSeconds) }
            state.slots += state.series[key]?.slots.count ?? 0
        }
        guard state.slots > maximumSlots * 3 / 4 else { return }
        state.slots = 0
        for key in state.series.keys {
            let count = state.series[key]?.slots.count ?? 0
            state.series[key]?.slots.removeFirst(count / 4)
            state.slots += count - count / 4
        }
    }

    /// The slots of a metric from one time up to, but without, another.
    func slots(_ key: MetricKey, from start: Int64, to end: Int64, now: Timestamp) -> [MetricSlot] {
        let oldest = now.seconds - Self.kept
        return state.withLock { state in
            guard let slots = state.series[key]?.slots else { return [] }
            let (first, last) = (slots.index(from: max(start, oldest)), slots.index(from: end))
            return first < last ? Array(slots[first..<last]) : []
        }
    }

    /// The metrics of an account and region that got a value since `after`.
    func metrics(account: String, region: String, after: Int64) -> [MetricKey] {
        state.withLock { state in
            state.series.filter { $0.key.account == account && $0.key.region == region && $0.value.newest >= after }.map(\.key)
        }
    }

    /// All values since the start by metric, of every account.
    var totals: [(key: MetricKey, values: MetricValues)] {
        state.withLock { state in state.series.compactMap { entry in entry.value.total.map { (entry.key, $0) } } }
    }

    func removeAll() { state.withLock { $0 = State() } }
}

extension MetricStore.Series {
    /// - Returns: whether there is one slot more.
    fileprivate mutating func add(_ slot: MetricSlot) -> Bool {
        if total == nil { total = slot.values } else { total?.add(slot.values) }
        newest = max(newest, slot.start)
        // Behind those of the same time.
        let index = slots.index(from: slot.start + 1)
        var same = index
        while same > 0, slots[same - 1].start == slot.start {
            same -= 1
            if slots[same].unit == slot.unit {
                slots[same].values.add(slot.values)
                return false
            }
        }
        slots.insert(slot, at: index)
        return true
    }
}

extension [MetricSlot] {
    /// The index of the first slot that begins at `time` or later.
    fileprivate func index(from time: Int64) -> Int {
        // Values mostly come in the order of time.
        if last.map({ $0.start < time }) ?? true { return endIndex }
        var (low, high) = (startIndex, endIndex)
        while low < high {
            let middle = low + (high - low) / 2
            if self[middle].start >= time { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

extension MetricValues {
    /// Adds values to these; sums that no number is large enough for stay at the largest there is.
    mutating func add(_ other: MetricValues) {
        merge(other)
        (count, sum) = (count.finite, sum.finite)
    }
}

extension Double {
    /// The number that JSON has for it.
    var finite: Double {
        isNaN ? 0 : Swift.min(Swift.max(self, -.greatestFiniteMagnitude), .greatestFiniteMagnitude)
    }
}
