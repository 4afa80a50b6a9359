import Recommend
import ServiceKit
package import Shapes
package import Wire

extension EventsService {
    package func putActionInteractions(_ input: PersonalizeEvents.PutActionInteractionsRequest, _ call: Call) throws(ServiceError) {
        let collector = try serving.collector(actionTracker: input.trackingId, call)
        let events = try input.actionInteractions.mapThrowing { (interaction) throws(ServiceError) in
            let event = try Self.event(interaction)
            try EventRules.check(event, collector)
            return event
        }
        let kept = events.filter { !EventRules.isLost(session: $0.sessionID) }
        call.acknowledgement.waits(for: try self.events.append(kept, dataset: collector.id))
    }

    private static func event(_ interaction: PersonalizeEvents.ActionInteraction) throws(ServiceError) -> RecordedEvent {
        guard ActionEvent.Outcome(interaction.eventType) != nil else {
            throw .PersonalizeEvents.invalidInput("Invalid eventType \(interaction.eventType). Valid types are: Taken, Not Taken, Viewed.")
        }
        _ = try EventProperties(interaction.properties)
        return RecordedEvent(
            sequence: 0,
            userID: interaction.userId,
            sessionID: interaction.sessionId,
            eventID: interaction.eventId,
            itemID: interaction.actionId,
            eventType: interaction.eventType,
            timestamp: interaction.timestamp,
            recommendationID: interaction.recommendationId,
            impression: interaction.impression,
            properties: interaction.properties
        )
    }
}
