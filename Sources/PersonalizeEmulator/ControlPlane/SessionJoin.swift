import Recommend
import Wire

/// Events from before a user signed in belong to the user whom the same session names later.
enum SessionJoin {
    /// - Parameter columns: of the dataset; its contextual fields are read from the events' properties.
    static func joined(_ events: [RecordedEvent], _ columns: [ColumnSpec] = []) -> [StreamedEvent] {
        let contextual = columns.filter { ContextRules.isContextual($0.name) }
        var userOfSession: [String: String] = [:]
        for event in events { if let user = event.userID { userOfSession[event.sessionID] = user } }
        return events.map { event in
            StreamedEvent(
                userId: event.userID ?? userOfSession[event.sessionID] ?? event.sessionID,
                itemId: event.itemID,
                eventType: event.eventType,
                eventValue: event.eventValue,
                timestamp: event.timestamp.epochSeconds,
                fingerprint: fingerprint(event.properties),
                context: contextual.isEmpty ? [:] : RecordProperties.texts(event.properties, contextual),
                impression: event.impression ?? []
            )
        }
    }

    /// FNV-1a of the properties: two events that differ only in them are two.
    private static func fingerprint(_ properties: String?) -> UInt64 {
        guard let properties else { return 0 }
        return properties.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
    }
}
