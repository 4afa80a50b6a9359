import Shapes
import Wire

/// The `properties` of an event: JSON text of an object, whose values are texts and numbers.
struct EventProperties {
    /// The older place of `itemId` and `eventValue`.
    var itemID: String?
    var eventValue: Double?

    /// Names that have a place of their own beside the properties, whatever their case.
    static let forbidden: Set<String> = ["userid", "sessionid", "eventtype", "timestamp", "recommendationid", "impression"]

    init(_ text: String?) throws(ServiceError) {
        guard let text else { return }
        guard let json = try? JSON.parse(text), case .object(let fields) = json else {
            throw .PersonalizeEvents.invalidInput("Error parsing properties json")
        }
        for field in fields.entries {
            guard !Self.forbidden.contains(field.name.lowercased()) else {
                throw .PersonalizeEvents.invalidInput("Properties may not contain the key \(field.name).")
            }
            switch (RecordProperties.plain(field.name), field.value) {
            case ("itemid", .string(let item)): itemID = item
            case ("itemid", .integer(let item)): itemID = String(item)
            case ("eventvalue", .string(let value)): eventValue = Double(value)
            case ("eventvalue", let value): eventValue = value.numberIfAny
            default: break
            }
        }
        if let itemID, itemID.isEmpty || itemID.utf16.count > 256 {
            throw .PersonalizeEvents.invalidInput("The itemId in properties must have 1 to 256 characters.")
        }
    }
}
