import PersonalizeEmulator
import Recommend

/// The two small languages of Amazon Personalize.
enum ExpressionEntries {
    static func avro(_ bytes: [UInt8]) throws {
        guard let schema = try? AvroSchema(String(decoding: bytes, as: UTF8.self)) else { return }
        try law(!schema.fields.isEmpty, "a schema without fields is taken")
        try law(Set(schema.fields.map(\.name)).count == schema.fields.count, "two fields of one name are taken")
    }

    /// An expression, and behind a NUL the text of a parameter's values.
    static func filter(_ bytes: [UInt8]) throws {
        let parts = bytes.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
        if let plan = try? checker.plan(String(decoding: parts[0], as: UTF8.self)) {
            try law(plan.fields.count <= FilterChecker.maximumFields, "a filter of too many fields is taken")
            try law(!plan.expressions.isEmpty, "a filter of no expression is taken")
        }
        if parts.count > 1 { _ = try? FilterValues(["A": String(decoding: parts[1], as: UTF8.self)]) }
    }

    private static let checker = FilterChecker([
        .interactions: [
            ColumnSpec("USER_ID", .string), ColumnSpec("ITEM_ID", .string), ColumnSpec("TIMESTAMP", .long),
            ColumnSpec("EVENT_TYPE", .string, nullable: true), ColumnSpec("EVENT_VALUE", .float, nullable: true),
        ],
        .items: [
            ColumnSpec("ITEM_ID", .string), ColumnSpec("GENRE", .string, nullable: true, categorical: true), ColumnSpec("YEAR", .int),
            ColumnSpec("PRICE", .double), ColumnSpec("FREE", .boolean),
        ],
        .users: [ColumnSpec("USER_ID", .string), ColumnSpec("AGE", .int), ColumnSpec("KIND", .string, categorical: true)],
    ])
}
