import Recommend
import Wire

/// What each kind of dataset demands of its schema, in custom and in domain dataset groups.
private struct SchemaRule {
    var name: String
    var types: [AvroSchema.FieldType]
    var isRequired = true
    var mayBeNull = false
    var categorical: Bool?
    var textual: Bool?

    /// A field that need not be there, and is metadata like any other when it is.
    static func reserved(_ name: String, _ type: AvroSchema.FieldType, categorical: Bool? = nil, textual: Bool? = nil) -> SchemaRule {
        SchemaRule(name: name, types: [type], isRequired: false, mayBeNull: true, categorical: categorical, textual: textual)
    }
}

extension AvroSchema {
    /// Called when a dataset binds the schema to a kind, for a schema alone does not know what it is for.
    func check(fits kind: DatasetKind, domain: String?) throws(ServiceError) {
        guard name.filter({ $0 != "_" }).lowercased() == kind.recordName else {
            throw Self.invalid("the record \(name) does not fit a dataset of type \(kind.rawValue)")
        }
        let rules = Self.rules(kind, domain: domain)
        for rule in rules {
            guard let field = self[rule.name] ?? (rule.name == "GENRES" ? self["GENRES_L1"] : nil) else {
                if rule.isRequired { throw Self.invalid("the required field \(rule.name) is missing") }
                continue
            }
            guard rule.types.contains(field.type) else {
                throw Self.invalid("the field \(field.name) must be of type \(rule.types.map(\.rawValue).joined(separator: " or "))")
            }
            guard rule.mayBeNull || !field.isNullable else { throw Self.invalid("the field \(field.name) may not be null") }
            if let categorical = rule.categorical, field.isCategorical != categorical {
                throw Self.invalid("the field \(field.name) must \(categorical ? "" : "not ")be categorical")
            }
            if rule.textual == true, !field.isTextual { throw Self.invalid("the field \(field.name) must be textual") }
        }
        let metadata = fields.filter { field in
            // Of interactions what is reserved is no metadata; elsewhere it is, unless it is required.
            !rules.contains { $0.name == field.name && ($0.isRequired || kind == .interactions) } || field.name == "CREATION_TIMESTAMP"
        }
        try checkMetadata(metadata, kind)
    }

    private func checkMetadata(_ metadata: [Field], _ kind: DatasetKind) throws(ServiceError) {
        let maximum = [.interactions: 5, .items: 100, .users: 25, .actions: 10, .actionInteractions: 5][kind] ?? 0
        guard metadata.count <= maximum else { throw Self.invalid("it has more than \(maximum) metadata fields") }
        if kind == .items || kind == .users || kind == .actions, metadata.isEmpty, fields.count < 2 {
            throw Self.invalid("it has no metadata field")
        }
        let textual = fields.filter(\.isTextual)
        guard textual.isEmpty || (kind == .items && textual.count == 1) else {
            throw Self.invalid("only a dataset of type ITEMS may have a textual field, and one only")
        }
        let names = fields.filter(\.isItemName)
        guard names.isEmpty || (kind == .items && names.count == 1) else {
            throw Self.invalid("only a dataset of type ITEMS may have an itemName field, and one only")
        }
    }

    private static func rules(_ kind: DatasetKind, domain: String?) -> [SchemaRule] {
        let user = SchemaRule(name: "USER_ID", types: [.string])
        let timestamp = SchemaRule(name: "TIMESTAMP", types: [.long])
        let created = SchemaRule(name: "CREATION_TIMESTAMP", types: [.long], isRequired: domain == "VIDEO_ON_DEMAND", mayBeNull: domain == nil)
        switch kind {
        case .interactions:
            return [
                user, SchemaRule(name: "ITEM_ID", types: [.string]), timestamp,
                SchemaRule(name: "EVENT_TYPE", types: [.string], isRequired: domain != nil, mayBeNull: domain == nil, categorical: false),
                SchemaRule(name: "EVENT_VALUE", types: [.float, .double], isRequired: false, mayBeNull: true),
                SchemaRule(name: "IMPRESSION", types: [.string], isRequired: false, mayBeNull: true),
                SchemaRule(name: "RECOMMENDATION_ID", types: [.string], isRequired: false, mayBeNull: true),
                SchemaRule(name: "EVENT_ATTRIBUTION_SOURCE", types: [.string], isRequired: false, mayBeNull: true),
            ]
        case .users: return [user] + (domain == "VIDEO_ON_DEMAND" ? [.reserved("SUBSCRIPTION_MODEL", .string, categorical: true)] : [])
        case .items: return [SchemaRule(name: "ITEM_ID", types: [.string]), created] + domainItems(domain)
        case .actions:
            return [
                SchemaRule(name: "ACTION_ID", types: [.string]), .reserved("VALUE", .long), .reserved("ACTION_EXPIRATION_TIMESTAMP", .long),
                .reserved("EXPIRATION_TIMESTAMP", .long), .reserved("REPEAT_FREQUENCY", .int), .reserved("CREATION_TIMESTAMP", .long),
            ]
        case .actionInteractions:
            return [user, SchemaRule(name: "ACTION_ID", types: [.string]), SchemaRule(name: "EVENT_TYPE", types: [.string]), timestamp]
        }
    }

    private static func domainItems(_ domain: String?) -> [SchemaRule] {
        switch domain {
        case "ECOMMERCE":
            [
                SchemaRule(name: "PRICE", types: [.float]),
                SchemaRule(name: "CATEGORY_L1", types: [.string], categorical: true),
            ] + classes(["CATEGORY_L2", "CATEGORY_L3", "AGE_GROUP", "ADULT", "GENDER"]) + [.reserved("PRODUCT_DESCRIPTION", .string, textual: true)]
        case "VIDEO_ON_DEMAND":
            [SchemaRule(name: "GENRES", types: [.string], categorical: true)]
                + ["PRICE", "DURATION", "AVERAGE_RATING"].map { .reserved($0, .float) }
                + classes(["GENRE_L2", "GENRE_L3", "CONTENT_OWNER", "CONTENT_CLASSIFICATION"])
                + [.reserved("PRODUCT_DESCRIPTION", .string, textual: true)]
        default: []
        }
    }

    private static func classes(_ names: [String]) -> [SchemaRule] { names.map { .reserved($0, .string, categorical: true) } }
}
