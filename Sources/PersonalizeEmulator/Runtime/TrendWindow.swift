import Recommend
import ServiceKit
import Synchronization
import Wire

/// The streamed events that trending counts: those that can matter at the newest that is no later than now, and later ones,
/// whose time comes. They are the same for everybody, so they are gathered once for all requests between two events.
final class TrendWindow: Sendable {
    private struct Gathered {
        var sequence: Int64
        var at: EpochSeconds
        var events: [StreamedEvent]
    }

    /// By the id of the model.
    private let gathered = Mutex<[ModelID: Gathered]>([:])

    func recent(_ deployed: Deployed, now: EpochSeconds, _ serving: Serving, _ events: EventStore) throws(ServiceError) -> [StreamedEvent] {
        guard let reach = deployed.model.trendReach,
            let dataset = serving.collector(.interactions, group: deployed.deployment.group)?.id
        else { return [] }
        let sequence = events.lastSequence(dataset: dataset)
        return try gathered.withLock { (gathered) throws(ServiceError) in
            let id = deployed.deployment.model
            // A clock that was set back may look at events that were let go.
            if let known = gathered[id], known.at > now { gathered[id] = nil }
            if let known = gathered[id], known.sequence == sequence { return known.events }
            let known = gathered[id]?.sequence ?? Int64(deployed.model.streamedEvents)
            let fresh = try events.all(dataset: dataset, after: known).map { event in
                StreamedEvent(
                    userId: event.historyKey,
                    itemId: event.itemID,
                    eventType: event.eventType,
                    eventValue: event.eventValue,
                    timestamp: event.timestamp.epochSeconds
                )
            }
            var all = (gathered[id]?.events ?? []) + fresh
            let newest = all.lazy.map(\.timestamp).filter { $0 <= now }.max()
            if let newest { all.removeAll { $0.timestamp.value <= newest.value - reach } }
            gathered[id] = Gathered(sequence: sequence, at: now, events: all)
            return all
        }
    }
}
