import ServiceKit
import Shapes
package import Wire

/// One streamed interaction, with an item or an action, as it is kept: by whom, with what, when.
package struct RecordedEvent: Sendable, Equatable {
    /// Its place among the events of its dataset, from 1.
    package var sequence: Int64
    package var userID: String?
    package var sessionID: String
    package var eventID: String?
    /// The item; of an action interaction the action.
    package var itemID: String
    package var eventType: String
    package var eventValue: Double?
    package var timestamp: Timestamp
    package var recommendationID: String?
    package var impression: [String]?
    /// What the client names as the cause, for metric attribution (`metricAttribution.eventAttributionSource`).
    package var attributionSource: String?
    /// The properties as the client sent them, JSON text.
    package var properties: String?

    /// Whose history it belongs to: events before a sign-in are kept under their session.
    package var historyKey: String { userID ?? sessionID }
}

/// How events stand in the record log: JSON, for a log is read by people too, with one-letter names, for it is long.
extension RecordedEvent {
    var document: Document {
        var fields = Document.Fields([("s", .string(sessionID)), ("i", .string(itemID)), ("e", .string(eventType))])
        fields.append("t", .integer(timestamp.milliseconds))
        if let userID { fields.append("u", .string(userID)) }
        if let eventID { fields.append("d", .string(eventID)) }
        if let eventValue { fields.append("v", .double(eventValue)) }
        if let recommendationID { fields.append("r", .string(recommendationID)) }
        if let impression { fields.append("m", .list(impression.map { .string($0) })) }
        if let attributionSource { fields.append("a", .string(attributionSource)) }
        if let properties { fields.append("p", .string(properties)) }
        return .object(fields)
    }

    init?(_ document: Document, sequence: Int64) {
        guard let session = document["s"]?.textIfAny, let item = document["i"]?.textIfAny, let type = document["e"]?.textIfAny,
            case .integer(let time)? = document["t"]
        else { return nil }
        self.sequence = sequence
        sessionID = session
        itemID = item
        eventType = type
        timestamp = Timestamp(milliseconds: time)
        userID = document["u"]?.textIfAny
        eventID = document["d"]?.textIfAny
        eventValue = document["v"]?.numberIfAny
        recommendationID = document["r"]?.textIfAny
        if case .list(let items)? = document["m"] { impression = items.compactMap(\.textIfAny) }
        attributionSource = document["a"]?.textIfAny
        properties = document["p"]?.textIfAny
    }
}
