import ServiceKit
import Streams
import Synchronization
import Wire

extension EventStore {
    /// At most `limit` of the events numbered above `sequence`, oldest arrival first, and the number of the last that was looked at.
    func page(dataset: DatasetID, after sequence: Int64, limit: Int) throws(ServiceError) -> (events: [RecordedEvent], last: Int64) {
        let (history, memory) = state.withLock { ($0.histories[dataset], $0.memory) }
        guard let history else { return ([], sequence) }
        var events: [RecordedEvent] = []
        var next = max(Int(sequence), history.start)
        let last = min(history.count, limit == .max ? .max : next + limit)
        do throws(LogError) {
            while next < last {
                let end = min(next + 10_000, last)
                let wanted = (next..<end).lazy.map { Wanted(index: $0, slot: history[$0]) }.filter { $0.slot.state == .kept }
                try texts(Array(wanted), memory, window: Self.wide) { wanted, bytes in
                    if let event = RecordedEvent(bytes, sequence: wanted.index + 1) { events.append(event) }
                }
                next = end
            }
        } catch {
            throw .internalFailure(error)
        }
        return (events, Int64(max(next, 0)))
    }
}
