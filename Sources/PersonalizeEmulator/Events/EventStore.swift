package import ServiceKit
package import Streams
import Synchronization
package import Wire

/// Every streamed event, by the Interactions or Action_Interactions dataset it went to.
///
/// The record log holds them. Memory has what leads to them, and the texts of those that came or were asked for last. Without a data directory there
/// is no log, and what memory gives up is gone.
package final class EventStore: Sendable {
    /// Marks an entry of the record log as a batch of events.
    package static let logKind: UInt8 = 2

    struct State: Sendable {
        var histories: [DatasetID: EventHistory] = [:]
        var memory: EventMemory
        /// Segments of the log that hold events, or removals of some.
        var segments: [DatasetID: Set<UInt64>] = [:]

        /// Whether an event is still where it was, and memory does not have it.
        func isToBeRead(_ index: Int, _ slot: EventHistory.Slot, _ dataset: DatasetID) -> Bool {
            guard let history = histories[dataset], index >= history.start, index < history.count else { return false }
            return history[index].log == slot.log && !memory.has(history[index].memory)
        }
    }

    /// An event that is about to be read.
    struct Wanted: Sendable {
        /// Its number less one.
        var index: Int
        var slot: EventHistory.Slot
    }

    private let log: RecordLog
    let state: Mutex<State>
    /// Told how many events were given up for want of memory.
    private let lost: @Sendable (_ events: Int) -> Void

    /// - Parameters:
    ///   - memory: bytes of events that memory keeps; nil for no bound.
    ///   - lost: told how many events are gone because of it; never where there is a log to read them from.
    package init(log: RecordLog, memory: Int? = nil, lost: @escaping @Sendable (_ events: Int) -> Void = { _ in }) {
        self.log = log
        self.lost = lost
        state = Mutex(State(memory: EventMemory(budget: memory)))
    }

    /// Bytes of texts in memory.
    var memoryInUse: Int { state.withLock { $0.memory.used } }

    // MARK: Writing

    /// Keeps new events of a dataset.
    package func append(_ events: [RecordedEvent], dataset: DatasetID) throws(ServiceError) -> PendingWrite {
        let texts = events.map { JSON.write($0.document) }
        let appended: Appended?
        do {
            appended = try state.withLock { state -> Appended? in
                let fresh = try fresh(texts, state, dataset)
                guard !fresh.isEmpty else { return nil }
                let entry = try log.append(kind: Self.logKind, payload: Self.payload(fresh.map { texts[$0.index] }, dataset: dataset))
                let start = state.histories[dataset]?.count ?? 0
                var places: [EventMemory.Place] = []
                for (ordinal, event) in fresh.enumerated() {
                    let memory = texts[event.index].withUnsafeBytes { state.memory.add($0) }
                    state.memory.begin(at: memory)
                    places.append(memory)
                    state.histories[dataset, default: EventHistory()]
                        .append(event.marks, log: entry.framePosition, ordinal: UInt16(ordinal), memory: memory)
                }
                state.segments[dataset, default: []].insert(entry.segment)
                return Appended(indexes: start..<start + fresh.count, places: places, entry: entry)
            }
        } catch {
            throw .internalFailure(error)
        }
        guard let appended else { return .nothing }
        let (indexes, places) = (appended.indexes, appended.places)
        let write = PendingWrite(appended.entry) { [self] result in
            if case .failure = result { takeBack(indexes, dataset) }
            // Wherever their index is by now: memory that waits for a write is never given up.
            state.withLock { state in for place in places { state.memory.end(at: place) } }
        }
        enforceBudget()
        return write
    }

    /// Events of which an entry was appended: new ones that have their numbers, or so many that were removed.
    private struct Appended: ~Copyable, Sendable {
        let indexes: Range<Int>
        /// Of the texts of new ones.
        let places: [EventMemory.Place]
        let entry: PendingEntry
    }

    /// Those of the texts that say something new, with what they are known by.
    private func fresh(_ texts: [[UInt8]], _ state: State, _ dataset: DatasetID) throws -> [(index: Int, marks: EventHistory.Marks)] {
        var fresh: [(index: Int, marks: EventHistory.Marks)] = []
        for (index, bytes) in texts.enumerated() {
            try bytes.withUnsafeBytes { bytes in
                guard let text = EventText(bytes) else { preconditionFailure("an event is written as events are") }
                let marks = EventHistory.Marks(text)
                let isRepeated = try state.histories[dataset].map { try repeats(text, marks, $0, state.memory) } ?? false
                let repeatsNeighbour = fresh.contains { other in
                    texts[other.index].withUnsafeBytes { EventText($0)?.repeats(text) ?? false }
                }
                if !isRepeated, !repeatsNeighbour { fresh.append((index, marks)) }
            }
        }
        return fresh
    }

    /// Whether an event says what one that is kept has said. Equal hashes are rarely anything else, but they do not decide it.
    private func repeats(_ text: EventText, _ marks: EventHistory.Marks, _ history: EventHistory, _ memory: EventMemory) throws -> Bool {
        var failure: LogError?
        let found = history.first(with: marks) { index in
            var isSame = false
            do throws(LogError) {
                try texts([Wanted(index: index, slot: history[index])], memory, window: Self.narrow) { _, bytes in
                    isSame = EventText(bytes)?.repeats(text) ?? false
                }
            } catch {
                failure = error
            }
            return isSame
        }
        if let failure { throw failure }
        return found != nil
    }

    static func payload(_ texts: [[UInt8]], dataset: DatasetID) -> [UInt8] {
        var bytes = Array("{\"dataset\":\(dataset),\"events\":[".utf8)
        for (index, text) in texts.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes += text
        }
        return bytes + Array("]}".utf8)
    }

    /// Takes back what the disk refused, so that a client's second try is not taken for a repetition.
    private func takeBack(_ indexes: Range<Int>, _ dataset: DatasetID) {
        state.withLock { state in
            let memory = state.memory
            for index in indexes.reversed() {
                guard let history = state.histories[dataset], index >= history.start, index < history.count else { continue }
                state.histories[dataset]?.takeBack(index) { index in
                    memory.withText(at: history[index].memory) { EventText($0)?.owner }.flatMap { $0 }
                }
            }
        }
    }

    /// Gives up memory, if too much is held.
    private func enforceBudget() {
        let gone = state.withLock { state in
            let gone = state.memory.enforceBudget()
            if gone > 0, log.keepsNothing {
                for id in state.histories.keys { state.histories[id]?.trim(state.memory) }
            }
            return gone
        }
        if gone > 0, log.keepsNothing { lost(gone) }
    }

    // MARK: Restart

    /// Takes what a segment of the log has in again; datasets that are no longer there are passed over.
    package func restore(_ summary: SegmentSummary, isKept: (DatasetID) -> Bool) throws(LogError) {
        guard let part = summary.parts[Self.logKind] else { return }
        var failure: LogError?
        state.withLock { state in
            EventSummary.forEach(part) { entry in
                guard failure == nil, isKept(entry.dataset) else { return }
                state.segments[entry.dataset, default: []].insert(summary.segment)
                let place = FramePosition(segment: UInt32(truncatingIfNeeded: summary.segment), offset: entry.offset)
                do throws(LogError) {
                    if entry.removes {
                        try removeAgain(place, entry.dataset, &state)
                    } else {
                        try restore(entry, place, &state)
                    }
                } catch {
                    failure = error
                }
            }
        }
        if let failure { throw failure }
    }

    private func restore(_ entry: EventSummary.Entry, _ place: FramePosition, _ state: inout State) throws(LogError) {
        for (ordinal, marks) in entry.events.enumerated() {
            let slot = EventHistory.Slot(log: place, memory: .none, previous: -1, ordinal: UInt16(ordinal))
            if let history = state.histories[entry.dataset], try isRepeated(slot, marks, history, state.memory) { continue }
            state.histories[entry.dataset, default: EventHistory()].append(marks, log: place, ordinal: UInt16(ordinal), memory: .none)
        }
    }

    /// Whether an event of the log repeats one before it. The log has none that does, but for what an earlier version wrote.
    private func isRepeated(
        _ slot: EventHistory.Slot,
        _ marks: EventHistory.Marks,
        _ history: EventHistory,
        _ memory: EventMemory
    ) throws(LogError) -> Bool {
        guard history.first(with: marks, where: { _ in true }) != nil else { return false }
        var isRepeated = false
        var failure: (any Error)?
        try texts([Wanted(index: 0, slot: slot)], memory, window: Self.narrow) { _, bytes in
            guard let text = EventText(bytes) else { return }
            do { isRepeated = try repeats(text, marks, history, memory) } catch { failure = error }
        }
        if let failure = failure as? LogError { throw failure }
        return isRepeated
    }

    private func removeAgain(_ place: FramePosition, _ dataset: DatasetID, _ state: inout State) throws(LogError) {
        var keys: [String] = []
        try log.read(CollectionOfOne(place), window: Self.narrow) { payload in
            guard let payload, case .list(let removed)? = (try? JSON.parse(Array(payload)))?["removed"] else { return }
            keys = removed.compactMap(\.textIfAny)
        }
        guard let history = state.histories[dataset] else { return }
        Self.markRemoved(try indexes(of: keys, history, state.memory), dataset, &state)
    }

    // MARK: Reading

    /// What a user or session did, of the events numbered above `sequence`, in the order of arrival.
    package func history(of key: String, dataset: DatasetID, after sequence: Int64) throws(ServiceError) -> [RecordedEvent] {
        let (wanted, memory) = state.withLock { state -> ([Wanted], EventMemory) in
            guard let history = state.histories[dataset] else { return ([], state.memory) }
            let found = history.indexes(of: Self.owner(key), from: Int(sequence)).reversed()
            return (found.map { Wanted(index: $0, slot: history[$0]) }, state.memory)
        }
        var events: [RecordedEvent] = []
        var read: [(Wanted, text: [UInt8])] = []
        do throws(LogError) {
            try texts(wanted, memory, window: Self.narrow) { wanted, bytes in
                guard let event = RecordedEvent(bytes, sequence: wanted.index + 1), event.historyKey == key else { return }
                events.append(event)
                if !memory.has(wanted.slot.memory) { read.append((wanted, Array(bytes))) }
            }
        } catch {
            throw .internalFailure(error)
        }
        if !read.isEmpty { keep(read, dataset) }
        return events
    }

    /// Who was asked for is asked for again: what was read from the log stays in memory for as long as there is room.
    private func keep(_ read: [(Wanted, text: [UInt8])], _ dataset: DatasetID) {
        state.withLock { state in
            for (wanted, text) in read {
                // No copy of the history may be held while it is changed: that would copy a page of it.
                guard state.isToBeRead(wanted.index, wanted.slot, dataset) else { continue }
                state.histories[dataset]?[wanted.index].memory = text.withUnsafeBytes { state.memory.add($0) }
            }
        }
        enforceBudget()
    }

    /// The events of a dataset numbered above `sequence`, oldest arrival first.
    package func all(dataset: DatasetID, after sequence: Int64 = 0) throws(ServiceError) -> [RecordedEvent] {
        try page(dataset: dataset, after: sequence, limit: .max).events
    }

    /// The number of the newest event of a dataset, whether it is still there or not; 0 before the first.
    package func lastSequence(dataset: DatasetID) -> Int64 {
        state.withLock { Int64($0.histories[dataset]?.count ?? 0) }
    }

    /// The number, less one, of the first event of a dataset that memory has an index of.
    func firstIndexed(dataset: DatasetID) -> Int {
        state.withLock { $0.histories[dataset]?.start ?? 0 }
    }

    private static func owner(_ key: String) -> UInt64 {
        var hash = TextHash()
        JSON.write(.string(key)).withUnsafeBytes { hash.add($0) }
        return hash.value
    }

    /// Bytes of the log that are read at once for single events, and for all of a dataset.
    static let (narrow, wide) = (4 << 10, 1 << 20)

    /// Calls `body` with the text of each event that is to be had, in the order given, which is that of the log.
    func texts(
        _ wanted: [Wanted],
        _ memory: EventMemory,
        window: Int,
        _ body: (Wanted, UnsafeRawBufferPointer) -> Void
    ) throws(LogError) {
        var index = 0
        while index < wanted.count {
            if memory.withText(at: wanted[index].slot.memory, { body(wanted[index], $0) }) != nil {
                index += 1
                continue
            }
            // One after the other as they are in the log, up to the next that memory has.
            let end = wanted[index...].firstIndex { memory.has($0.slot.memory) } ?? wanted.count
            let run = wanted[index..<end].filter { $0.slot.log.segment > 0 }
            var next = 0
            try log.read(run.lazy.map(\.slot.log), window: window) { payload in
                defer { next += 1 }
                payload?.withUnsafeBytes { bytes in
                    guard let batch = EventBatchText(bytes), Int(run[next].slot.ordinal) < batch.events.count else { return }
                    body(run[next], UnsafeRawBufferPointer(rebasing: bytes[batch.events[Int(run[next].slot.ordinal)]]))
                }
            }
            index = end
        }
    }

    // MARK: Removing

    /// Removes what some users, or sessions, did.
    /// - Returns: how many events were removed.
    package func remove(_ keys: [String], dataset: DatasetID) throws(ServiceError) -> (count: Int, write: PendingWrite) {
        do {
            let removed = try state.withLock { state -> Appended? in
                guard let history = state.histories[dataset] else { return nil }
                let indexes = try indexes(of: keys, history, state.memory)
                guard !indexes.isEmpty else { return nil }
                let fields = Document.Fields([("dataset", .integer(dataset.rawValue)), ("removed", .list(keys.map { .string($0) }))])
                let entry = try log.append(kind: Self.logKind, payload: JSON.write(.object(fields)))
                state.segments[dataset, default: []].insert(entry.segment)
                Self.markRemoved(indexes, dataset, &state)
                return Appended(indexes: 0..<indexes.count, places: [], entry: entry)
            }
            guard let removed else { return (0, .nothing) }
            return (removed.indexes.count, PendingWrite(removed.entry))
        } catch {
            throw .internalFailure(error)
        }
    }

    private static func markRemoved(_ indexes: [Int], _ dataset: DatasetID, _ state: inout State) {
        for index in indexes { state.histories[dataset]?[index].state = .removed }
        state.histories[dataset]?.trimRemoved()
    }

    /// The events of some users or sessions.
    private func indexes(of keys: [String], _ history: EventHistory, _ memory: EventMemory) throws(LogError) -> [Int] {
        var found: [Int] = []
        for key in Set(keys) {
            let wanted = history.indexes(of: Self.owner(key), from: 0).reversed().map { Wanted(index: $0, slot: history[$0]) }
            try texts(wanted, memory, window: Self.narrow) { wanted, bytes in
                if RecordedEvent(bytes, sequence: 0)?.historyKey == key { found.append(wanted.index) }
            }
        }
        return found
    }

    package func remove(dataset: DatasetID, _: borrowing Committed) {
        state.withLock { state in
            state.histories[dataset] = nil
            state.segments[dataset] = nil
        }
    }

    /// Segments of the log that must not go.
    package var segments: Set<UInt64> {
        state.withLock { state in state.segments.values.reduce(into: []) { $0.formUnion($1) } }
    }

    package func removeAll() {
        state.withLock { state in
            state.histories.removeAll()
            state.memory.removeAll()
            state.segments.removeAll()
        }
    }
}

extension RecordedEvent {
    /// An event from its text in the log.
    init?(_ text: UnsafeRawBufferPointer, sequence: Int) {
        guard let document = try? JSON.parse(Array(text)) else { return nil }
        self.init(document, sequence: Int64(sequence))
    }
}
