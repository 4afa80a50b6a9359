import Recommend
import Shapes
import Wire

/// What every event has to be, whether it is about an item or an action.
enum EventRules {
    /// Bytes of one event (quota).
    static let maximumSize = 10 * 1024

    /// Columns that an event fills without its properties; a dataset with others, or one that demands more, is looked at closer.
    private static let plain: Set<String> = ["USER_ID", "ITEM_ID", "ACTION_ID", "TIMESTAMP", "EVENT_TYPE"]

    /// - Throws: `InvalidInputException` for an event that is too large, or does not fill its dataset's schema.
    static func check(_ event: RecordedEvent, _ collector: Serving.IngestionTarget) throws(ServiceError) {
        guard size(event) <= maximumSize else {
            throw .PersonalizeEvents.invalidInput("An event must have at most \(maximumSize) bytes.")
        }
        guard !collector.schema.fields.allSatisfy({ plain.contains($0.name) }) else { return }
        _ = try StreamedTables.values(event, collector.schema.columns, kind: collector.kind)
    }

    /// The texts of an event; its numbers are a few bytes more.
    private static func size(_ event: RecordedEvent) -> Int {
        var size = event.sessionID.utf8.count + event.itemID.utf8.count + event.eventType.utf8.count
        for text in [event.userID, event.eventID, event.recommendationID, event.attributionSource, event.properties] { size += text?.utf8.count ?? 0 }
        for item in event.impression ?? [] { size += item.utf8.count }
        return size
    }

    /// AWS answers 200 to this session and keeps nothing of it (a field report): clients whose session was lost send the word.
    static func isLost(session: String) -> Bool { session == "null" }
}
