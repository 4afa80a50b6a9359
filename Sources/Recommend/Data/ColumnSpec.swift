/// The type of a field of a schema (AWS's page "Creating schema JSON files").
package enum ColumnType: UInt8, Sendable {
    case string, long, int, float, double, boolean
}

/// A field of a schema, as the importer needs it.
package struct ColumnSpec: Sendable, Equatable {
    package let name: String
    package let type: ColumnType
    /// Whether the field may be null: an empty value in a CSV.
    package let nullable: Bool
    /// A string whose values are classes, `a|b` when there are several.
    package let categorical: Bool
    /// A string of prose.
    package let textual: Bool

    package init(_ name: String, _ type: ColumnType, nullable: Bool = false, categorical: Bool = false, textual: Bool = false) {
        self.name = name
        self.type = type
        self.nullable = nullable
        self.categorical = categorical
        self.textual = textual
    }
}

/// The five kinds of dataset.
package enum DatasetKind: String, Sendable, CaseIterable {
    case interactions = "INTERACTIONS"
    case items = "ITEMS"
    case users = "USERS"
    case actions = "ACTIONS"
    case actionInteractions = "ACTION_INTERACTIONS"

    /// The column by which a new row replaces an old one; nil when rows only add up.
    package var key: String? {
        switch self {
        case .items: "ITEM_ID"
        case .users: "USER_ID"
        case .actions: "ACTION_ID"
        case .interactions, .actionInteractions: nil
        }
    }
}
