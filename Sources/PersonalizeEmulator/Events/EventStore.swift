package import ServiceKit
package import Streams
import Synchronization
package import Wire

/// Every streamed event, by the Interactions or Action_Interactions dataset it went to. The record log holds them; this is what is rebuilt from it.
package final class EventStore: Sendable {
    /// Marks an entry of the record log as a batch of events.
    package static let logKind: UInt8 = 2

    private struct History {
        /// By their sequence less one; an event that was removed leaves its number behind.
        var events: [RecordedEvent?] = []
        /// Indexes into `events`, by user or session, in the order of arrival.
        var byKey: [String: [Int32]] = [:]
        /// Says the same thing: an id counts once, and so do a user, a time and identical contents.
        var known: Set<[UInt8]> = []

        static func marks(_ event: RecordedEvent) -> [[UInt8]] {
            var anonymous = event
            anonymous.eventID = nil
            anonymous.sessionID = event.userID == nil ? event.sessionID : ""
            anonymous.recommendationID = nil
            let contents = JSON.write(anonymous.document)
            return event.eventID.map { [Array($0.utf8), contents] } ?? [contents]
        }

        /// Keeps an event unless it is known; says whether it was kept.
        mutating func append(_ event: RecordedEvent) -> Bool {
            let marks = Self.marks(event)
            guard marks.allSatisfy({ !known.contains($0) }) else { return false }
            known.formUnion(marks)
            byKey[event.historyKey, default: []].append(Int32(events.count))
            var event = event
            event.sequence = Int64(events.count + 1)
            events.append(event)
            return true
        }

        /// Removes what some users or sessions did; says how many events that were.
        mutating func remove(_ keys: some Sequence<String>) -> Int {
            var count = 0
            for key in keys {
                for index in byKey.removeValue(forKey: key) ?? [] {
                    if let event = events[Int(index)] { known.subtract(Self.marks(event)) }
                    events[Int(index)] = nil
                    count += 1
                }
            }
            return count
        }
    }

    private let log: RecordLog
    private let histories = Mutex<[Int64: History]>([:])
    /// Segments of the log that hold events; added to under the lock of `histories`.
    private let liveSegments = Mutex<Set<UInt64>>([])

    package init(log: RecordLog) {
        self.log = log
    }

    /// Keeps new events of a dataset.
    package func append(_ events: [RecordedEvent], dataset: Int64) throws(ServiceError) -> PendingWrite {
        do {
            return try histories.withLock { histories in
                let before = histories[dataset]?.events.count ?? 0
                let fresh = events.filter { histories[dataset, default: History()].append($0) }
                guard !fresh.isEmpty else { return .nothing }
                do {
                    let position = try log.append(kind: Self.logKind, payload: Self.payload(fresh, dataset: dataset))
                    liveSegments.withLock { _ = $0.insert(position.segment) }
                    let write = PendingWrite(position, in: log)
                    return PendingWrite { [self] done in
                        write.whenSafe { failure in
                            if failure != nil { self.forget(fresh, dataset: dataset) }
                            done(failure)
                        }
                    }
                } catch {
                    let kept = histories[dataset]?.events.prefix(before) ?? []
                    histories[dataset] = Self.rebuilt(kept)
                    throw error
                }
            }
        } catch {
            throw .internalFailure(error)
        }
    }

    /// Takes back what the disk refused, so that a client's second try is not taken for a repetition.
    private func forget(_ events: [RecordedEvent], dataset: Int64) {
        let lost = Set(events.flatMap { History.marks($0) })
        histories.withLock { histories in
            let kept = histories[dataset]?.events.filter { event in
                event.map { History.marks($0).allSatisfy { !lost.contains($0) } } ?? true
            }
            histories[dataset] = Self.rebuilt(kept ?? [])
        }
    }

    private static func rebuilt(_ events: some Sequence<RecordedEvent?>) -> History {
        var history = History()
        for event in events {
            if let event { _ = history.append(event) } else { history.events.append(nil) }
        }
        return history
    }

    private static func payload(_ events: [RecordedEvent], dataset: Int64) -> [UInt8] {
        let fields = Document.Fields([("dataset", .integer(dataset)), ("events", .list(events.map(\.document)))])
        return JSON.write(.object(fields))
    }

    /// Takes an entry of the log in again; datasets that are no longer there are passed over.
    package func replay(_ payload: [UInt8], _ position: LogPosition, isKept: (Int64) -> Bool) {
        guard let document = try? JSON.parse(payload), case .integer(let dataset)? = document["dataset"], isKept(dataset) else { return }
        histories.withLock { histories in
            liveSegments.withLock { _ = $0.insert(position.segment) }
            if case .list(let removed)? = document["removed"] { _ = histories[dataset]?.remove(removed.compactMap(\.textIfAny)) }
            guard case .list(let events)? = document["events"] else { return }
            for entry in events {
                guard let event = RecordedEvent(entry, sequence: 0) else { continue }
                _ = histories[dataset, default: History()].append(event)
            }
        }
    }

    /// What a user or session did, of the events numbered above `sequence`, in the order of arrival.
    package func history(of key: String, dataset: Int64, after sequence: Int64) -> [RecordedEvent] {
        histories.withLock { histories in
            guard let history = histories[dataset], let indexes = history.byKey[key] else { return [] }
            return indexes.compactMap { $0 < sequence ? nil : history.events[Int($0)] }
        }
    }

    /// Every event of a dataset, oldest arrival first.
    package func all(dataset: Int64) -> [RecordedEvent] {
        histories.withLock { $0[dataset]?.events.compactMap(\.self) ?? [] }
    }

    /// The events of a dataset numbered above `sequence`, oldest arrival first.
    package func all(dataset: Int64, after sequence: Int64) -> [RecordedEvent] {
        histories.withLock { $0[dataset]?.events.dropFirst(Int(sequence)).compactMap(\.self) ?? [] }
    }

    /// The number of the newest event of a dataset, whether it is still there or not; 0 before the first.
    package func lastSequence(dataset: Int64) -> Int64 {
        histories.withLock { Int64($0[dataset]?.events.count ?? 0) }
    }

    /// Removes what some users, or sessions, did.
    /// - Returns: how many events were removed.
    package func remove(_ keys: [String], dataset: Int64) throws(ServiceError) -> (count: Int, write: PendingWrite) {
        do {
            return try histories.withLock { histories in
                guard var history = histories[dataset] else { return (0, .nothing) }
                let count = history.remove(keys)
                guard count > 0 else { return (0, .nothing) }
                let fields = Document.Fields([("dataset", .integer(dataset)), ("removed", .list(keys.map { .string($0) }))])
                let position = try log.append(kind: Self.logKind, payload: JSON.write(.object(fields)))
                liveSegments.withLock { _ = $0.insert(position.segment) }
                histories[dataset] = history
                return (count, PendingWrite(position, in: log))
            }
        } catch {
            throw .internalFailure(error)
        }
    }

    package func remove(dataset: Int64, _: borrowing Committed) {
        histories.withLock { _ = $0.removeValue(forKey: dataset) }
    }

    /// Segments of the log that must not go.
    package var segments: Set<UInt64> {
        histories.withLock { _ in liveSegments.withLock { $0 } }
    }

    package func removeAll() {
        histories.withLock { histories in
            histories.removeAll()
            liveSegments.withLock { $0.removeAll() }
        }
    }
}
