import Recommend
import Synchronization
import Wire

/// The streamed events that trending counts: those of its last two intervals. They are the same for everybody, so they are gathered once
/// for all requests between two events.
final class TrendWindow: Sendable {
    private struct Gathered {
        var sequence: Int64
        var events: [StreamedEvent]
    }

    /// By the id of the model.
    private let gathered = Mutex<[Int64: Gathered]>([:])

    func recent(_ deployed: Deployed, _ serving: Serving, _ events: EventStore) -> [StreamedEvent] {
        guard let interval = deployed.model.trendInterval,
            let dataset = serving.collector(.interactions, group: deployed.deployment.group)?.id
        else { return [] }
        let sequence = events.lastSequence(dataset: dataset)
        return gathered.withLock { gathered in
            let id = deployed.deployment.model
            if let known = gathered[id], known.sequence == sequence { return known.events }
            let known = gathered[id]?.sequence ?? Int64(deployed.model.streamedEvents)
            let fresh = events.all(dataset: dataset, after: known).map { event in
                StreamedEvent(
                    userId: event.historyKey,
                    itemId: event.itemID,
                    eventType: event.eventType,
                    eventValue: event.eventValue,
                    timestamp: event.timestamp.seconds
                )
            }
            var all = (gathered[id]?.events ?? []) + fresh
            let newest = all.map(\.timestamp).max() ?? 0
            all.removeAll { $0.timestamp <= newest - 2 * interval }
            gathered[id] = Gathered(sequence: sequence, events: all)
            return all
        }
    }
}
