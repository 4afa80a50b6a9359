import Recommend
import Wire

/// Events from before a user signed in belong to the user whom the same session names later.
enum SessionJoin {
    static func joined(_ events: [RecordedEvent]) -> [StreamedEvent] {
        var userOfSession: [String: String] = [:]
        for event in events { if let user = event.userID { userOfSession[event.sessionID] = user } }
        return events.map { event in
            StreamedEvent(
                userId: event.userID ?? userOfSession[event.sessionID] ?? event.sessionID,
                itemId: event.itemID,
                eventType: event.eventType,
                eventValue: event.eventValue,
                timestamp: event.timestamp.seconds,
                fingerprint: fingerprint(event.properties)
            )
        }
    }

    /// FNV-1a of the properties: two events that differ only in them are two.
    private static func fingerprint(_ properties: String?) -> UInt64 {
        guard let properties else { return 0 }
        return properties.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
    }
}
