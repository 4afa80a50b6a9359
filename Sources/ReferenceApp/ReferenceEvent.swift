import ServiceKit
import Wire

/// What one record of the reference app's stream says.
struct ReferenceEvent: Sendable, Equatable {
    /// A record asks for no more events than this.
    static let maximumInteractions = 1000

    var userID: String
    var itemID: String
    var eventType: String
    var trackingID: String
    var sentAt: Timestamp
    /// How many times the event is sent.
    var interactions: Int

    /// Why a record cannot be delivered, for the log.
    struct Unreadable: Error {
        var reason: String
    }

    init(_ data: [UInt8]) throws(Unreadable) {
        guard let json = try? JSON.parse(data), case .object = json else { throw Unreadable(reason: "the record is no JSON object") }
        try self.init(json)
    }

    init(_ json: Document) throws(Unreadable) {
        userID = try Self.text(json, "userId")
        itemID = try Self.text(json, "itemId")
        eventType = try Self.text(json, "eventType")
        trackingID = try Self.text(json, "trackingId")
        guard let seconds = Self.number(json["sentAt"]) else {
            throw Unreadable(reason: "sentAt is missing or no number of seconds since 1970")
        }
        sentAt = Timestamp(seconds: seconds)
        let times = json["interactions"] == nil ? 1 : Self.number(json["interactions"])
        guard let times, times >= 0, times <= Double(Self.maximumInteractions) else {
            throw Unreadable(reason: "interactions is no number from 0 to \(Self.maximumInteractions)")
        }
        interactions = Int(times)
    }

    /// Ids come as texts and as numbers.
    private static func text(_ json: Document, _ name: String) throws(Unreadable) -> String {
        switch json[name] {
        case .string(let text)? where !text.isEmpty: return text
        case .integer(let value)?: return String(value)
        default: throw Unreadable(reason: "\(name) is missing")
        }
    }

    private static func number(_ value: Document?) -> Double? {
        let number = value?.numberIfAny ?? value?.textIfAny.flatMap { Double($0) }
        return number.flatMap { $0.isFinite ? $0 : nil }
    }

    /// The input of PutEvents, in a session of twelve random letters and digits.
    var putEvents: Document {
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
        let session = String((0..<12).map { _ in alphabet.randomElement() ?? "0" })
        let event = Document.Fields([
            ("eventType", .string(eventType)), ("itemId", .string(itemID)), ("sentAt", .timestamp(sentAt)), ("properties", .string("{}")),
        ])
        return .object(
            Document.Fields([
                ("trackingId", .string(trackingID)), ("userId", .string(userID)), ("sessionId", .string(session)),
                ("eventList", .list([.object(event)])),
            ])
        )
    }
}
