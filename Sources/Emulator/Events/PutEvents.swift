package import Shapes
package import Wire

extension EventsService {
    package func putEvents(_ input: PersonalizeEvents.PutEventsRequest, _ call: Call) throws(ServiceError) {
        guard let dataset = try serving.dataset(trackingId: input.trackingId, call) else {
            throw .PersonalizeEvents.invalidInput("No interactions dataset exists for the given tracking id \(input.trackingId).")
        }
        var events: [RecordedEvent] = []
        for event in input.eventList { events.append(try Self.event(event, input)) }
        // AWS answers 200 to this session and keeps nothing of it (a field report): clients whose session was lost send the word.
        guard input.sessionId != "null" else { return }
        try self.events.append(events, dataset: dataset, call)
    }

    private static func event(_ event: PersonalizeEvents.Event, _ input: PersonalizeEvents.PutEventsRequest) throws(ServiceError) -> RecordedEvent {
        let properties = try EventProperties(event.properties)
        guard let item = event.itemId ?? properties.itemID else {
            throw .PersonalizeEvents.invalidInput("itemId must be given for event type \(event.eventType).")
        }
        return RecordedEvent(
            sequence: 0,
            userID: input.userId,
            sessionID: input.sessionId,
            eventID: event.eventId,
            itemID: item,
            eventType: event.eventType,
            eventValue: event.eventValue ?? properties.eventValue,
            timestamp: event.sentAt,
            recommendationID: event.recommendationId,
            impression: event.impression,
            properties: event.properties
        )
    }
}
