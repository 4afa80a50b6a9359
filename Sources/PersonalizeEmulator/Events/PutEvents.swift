import ServiceKit
package import Shapes
package import Wire

extension EventsService {
    package func putEvents(_ input: PersonalizeEvents.PutEventsRequest, _ call: Call) throws(ServiceError) {
        guard let collector = try serving.interactions(trackingId: input.trackingId, call) else {
            throw .PersonalizeEvents.invalidInput("No interactions dataset exists for the given tracking id \(input.trackingId).")
        }
        let dimensions = { [serving] () -> [PersonalizeFigures.Dimension]? in
            [
                PersonalizeFigures.Dimension("DatasetGroupArn", collector.groupARN), PersonalizeFigures.Dimension("DatasetArn", collector.arn),
                PersonalizeFigures.Dimension("EventTrackerArn", serving.trackerARN(input.trackingId) ?? ""),
            ]
        }
        try figures.counting(.putEvents, call, dimensions) { () throws(ServiceError) in try put(input, into: collector, call) }
    }

    private func put(_ input: PersonalizeEvents.PutEventsRequest, into collector: Serving.IngestionTarget, _ call: Call) throws(ServiceError) {
        var events: [RecordedEvent] = []
        for event in input.eventList {
            let event = try recorded(event, input)
            try EventRules.check(event, collector)
            events.append(event)
        }
        guard !EventRules.isLost(session: input.sessionId) else { return }
        call.acknowledgement.waits(for: try self.events.append(events, dataset: collector.id))
        report(events, into: collector, call)
    }

    private func recorded(_ event: PersonalizeEvents.Event, _ input: PersonalizeEvents.PutEventsRequest) throws(ServiceError) -> RecordedEvent {
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
            // Without a list of its own, an event was chosen from the list that the recommendation showed.
            impression: event.impression ?? event.recommendationId.flatMap { shown.items($0) },
            attributionSource: event.metricAttribution?.eventAttributionSource,
            properties: event.properties
        )
    }
}
