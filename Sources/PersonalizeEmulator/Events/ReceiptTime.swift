import Logging
import Wire

/// Events whose time is null happened now. The founding post's own click is such an event, and it moved the list.
struct ReceiptTime: Sendable {
    let log: Logger

    /// The list of events in a request, and the member of each that is its time.
    private static let eventMembers = ["PutEvents": ("eventList", "sentAt"), "PutActionInteractions": ("actionInteractions", "timestamp")]

    /// A request in which each time that is null is the time of receipt. A missing one stays missing, and is refused.
    func filled(_ operation: String, _ request: Document, _ call: Call) -> Document {
        guard let (list, time) = Self.eventMembers[operation], case .object(var fields) = request,
            let index = fields.entries.lastIndex(where: { $0.name == list }), case .list(var events) = fields.entries[index].value
        else { return request }
        var count = 0
        for index in events.indices {
            guard case .object(var event) = events[index], event[time] == .null else { continue }
            event.append(time, .timestamp(call.now))
            events[index] = .object(event)
            count += 1
        }
        guard count > 0 else { return request }
        log.warning(
            "\(time) is null: taken for the time of receipt",
            metadata: ["operation": "\(operation)", "events": "\(count)", "request": "\(call.requestID)"]
        )
        fields.entries[index].value = .list(events)
        return .object(fields)
    }
}
