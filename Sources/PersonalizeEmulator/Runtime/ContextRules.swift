import Recommend
import Shapes
import Wire

/// `context` of runtime requests: values for the contextual fields of the Interactions schema.
enum ContextRules {
    /// What an interaction says of itself; every other field is about its circumstances.
    private static let own: Set<String> = [
        "USER_ID", "ITEM_ID", "TIMESTAMP", "EVENT_TYPE", "EVENT_VALUE", "IMPRESSION", "RECOMMENDATION_ID", "EVENT_ATTRIBUTION_SOURCE",
        "SESSION_ID", "EVENT_ID",
    ]

    static func isContextual(_ column: String) -> Bool { !own.contains(column) }

    /// The context by the names that the schema has, which are compared without case.
    /// - Throws: `InvalidInputException` for a name that is no contextual field.
    static func check(_ context: [String: String]?, _ interactions: Serving.IngestionTarget?) throws(ServiceError) -> [String: String] {
        var checked: [String: String] = [:]
        for (name, value) in (context ?? [:]).sorted(by: { $0.key < $1.key }) {
            let field = interactions?.schema.fields.first { $0.name.uppercased() == name.uppercased() }
            guard let field, isContextual(field.name) else {
                throw .PersonalizeRuntime.invalidInput("The context attribute \(name) is not a metadata field of the Interactions schema.")
            }
            checked[field.name] = value
        }
        return checked
    }
}
