package import ServiceKit
package import Shapes
package import Wire

/// A dataset schema: a flat Avro record as Amazon Personalize takes it.
package struct AvroSchema: Sendable {
    package enum FieldType: String, Sendable {
        case string, float, double, int, long, boolean
    }

    package struct Field: Sendable, Equatable {
        package var name: String
        package var type: FieldType
        package var isNullable: Bool
        package var isCategorical: Bool
        package var isTextual: Bool
        /// Whether it is what items are called, for semantic similarity.
        package var isItemName: Bool
    }

    package var name: String
    package var fields: [Field]

    /// - Throws: `InvalidInputException` naming what is wrong; the service's own wording is not known.
    package init(_ text: String) throws(ServiceError) {
        guard let json = try? JSON.parse(text), case .object = json else { throw Self.invalid("the schema is not a JSON object") }
        guard json["type"] == .string("record") else { throw Self.invalid("the type must be record") }
        guard let name = json["name"]?.textIfAny else { throw Self.invalid("the record has no name") }
        guard case .list(let fields)? = json["fields"], !fields.isEmpty else { throw Self.invalid("the record has no fields") }
        self.name = name
        self.fields = []
        for field in fields { self.fields.append(try Self.field(field)) }
        var seen: [String: String] = [:]
        for field in self.fields {
            let key = field.name.filter { $0 != "_" }.lowercased()
            if let other = seen.updateValue(field.name, forKey: key) {
                throw Self.invalid("the fields \(other) and \(field.name) have the same name")
            }
        }
    }

    /// The schema that is stored as a resource.
    /// - Throws: `UnreadableRow` for one that would not be accepted today.
    package init(_ stored: Resource<Personalize.DatasetSchema>) throws(UnreadableRow) {
        do throws(ServiceError) {
            try self.init(stored.body.schema ?? "")
        } catch {
            throw UnreadableRow(table: "resource", row: stored.arn, reason: error.message ?? error.code)
        }
    }

    private static func field(_ json: Document) throws(ServiceError) -> Field {
        guard let name = json["name"]?.textIfAny, !name.isEmpty else { throw invalid("a field has no name") }
        guard name.utf8.allSatisfy({ $0 == UInt8(ascii: "_") || Character(Unicode.Scalar($0)).isLetter || Character(Unicode.Scalar($0)).isNumber })
        else {
            throw invalid("the field name \(name) has characters other than letters, digits and underscores")
        }
        let (type, isNullable) = try fieldType(json["type"], name)
        let field = Field(
            name: name,
            type: type,
            isNullable: isNullable,
            isCategorical: try flag(json["categorical"], "categorical", name),
            isTextual: try flag(json["textual"], "textual", name),
            isItemName: try flag(json["itemName"], "itemName", name)
        )
        guard type == .string || !(field.isCategorical || field.isTextual || field.isItemName) else {
            throw invalid("the field \(name) is categorical, textual or itemName but no string")
        }
        return field
    }

    /// `"string"`, `["string"]`, `["null", "string"]` or `["string", "null"]`.
    private static func fieldType(_ json: Document?, _ name: String) throws(ServiceError) -> (FieldType, Bool) {
        let names: [String]
        switch json {
        case .string(let text)?: names = [text]
        case .list(let items)?: names = items.compactMap(\.textIfAny)
        default: throw invalid("the field \(name) has no type")
        }
        let types = names.filter { $0 != "null" }
        guard types.count == 1, names.count <= 2, let type = FieldType(rawValue: types[0]) else {
            throw invalid("the field \(name) has an unsupported type")
        }
        return (type, names.contains("null"))
    }

    private static func flag(_ json: Document?, _ key: String, _ name: String) throws(ServiceError) -> Bool {
        switch json {
        case nil: return false
        case .boolean(let value)?: return value
        default: throw invalid("\(key) of the field \(name) is no boolean")
        }
    }

    static func invalid(_ reason: String) -> ServiceError {
        .Personalize.invalidInput("Input schema is invalid: \(reason).")
    }

    package subscript(name: String) -> Field? {
        fields.first { $0.name == name }
    }
}
