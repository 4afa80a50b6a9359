package import Recommend
import ServiceKit
import Shapes
package import Wire

/// The `properties` of a record as the columns of its dataset: JSON text of an object, whose keys are the columns' names in camel case.
package struct RecordProperties {
    private var values: [String: Document] = [:]

    /// - Parameter text: as the client sent it; nil is no properties at all.
    package init(_ text: String?) throws(ServiceError) {
        guard let text else { return }
        guard let json = try? JSON.parse(text), case .object(let fields) = json else {
            throw .PersonalizeEvents.invalidInput("Error parsing properties json")
        }
        for field in fields.entries { values[Self.plain(field.name)] = field.value }
    }

    /// `numberOfRatings` and `NUMBER_OF_RATINGS` are the same, as field names differ by more than case and underscores.
    static func plain(_ name: String) -> String { name.filter { $0 != "_" }.lowercased() }

    /// The values of some columns as texts; what is missing, or is no value of its column, is left out.
    static func texts(_ text: String?, _ columns: [ColumnSpec]) -> [String: String] {
        guard let properties = try? RecordProperties(text) else { return [:] }
        var texts: [String: String] = [:]
        for column in columns { texts[column.name] = (try? properties.value(of: column))?.text }
        return texts
    }

    /// A row of the dataset: what has a place of its own beside the properties, and the properties.
    /// - Parameter given: values by column; they come before properties of the same name.
    /// - Throws: `InvalidInputException` for a value that does not fit, and for a missing one where the schema does not allow null.
    package func row(_ columns: [ColumnSpec], given: [String: Value]) throws(ServiceError) -> [Value] {
        var row: [Value] = []
        for column in columns {
            let value: Value
            if let place = given[column.name] { value = try Self.fitted(place, to: column) } else { value = try self.value(of: column) }
            guard value != .null || column.nullable else { throw Self.wrong(column, "the value is missing") }
            row.append(value)
        }
        return row
    }

    /// What has a place of its own, as the column's type has it: a schema is free to make SESSION_ID a number.
    private static func fitted(_ value: Value, to column: ColumnSpec) throws(ServiceError) -> Value {
        guard case .string(let text) = value, column.type != .string else { return value }
        switch column.read(text) {
        case .value(let value): return value
        case .wrong where column.nullable: return .null
        case .wrong(let reason): throw wrong(column, reason)
        }
    }

    private func value(of column: ColumnSpec) throws(ServiceError) -> Value {
        let reading: ColumnSpec.Reading
        switch values[Self.plain(column.name)] {
        case nil, .null?: return .null
        case .string(let text)?: reading = column.read(text)
        case .boolean(let flag)?: reading = column.read(flag ? "true" : "false")
        case .integer(let number)?: reading = column.read(String(number))
        case .double(let number)?:
            // A whole number may come with a fraction of zero from clients that know floating point only.
            reading = column.read(Int64(exactly: number).map(String.init) ?? "\(number)")
        default: reading = .wrong("neither text nor number")
        }
        switch reading {
        case .value(let value): return value
        case .wrong(let reason): throw Self.wrong(column, reason)
        }
    }

    private static func wrong(_ column: ColumnSpec, _ reason: String) -> ServiceError {
        .PersonalizeEvents.invalidInput("Invalid value for the schema field \(column.name): \(reason).")
    }
}

extension Value {
    /// As metadata and context show it; nil for null.
    package var text: String? {
        switch self {
        case .null: nil
        case .string(let text): text
        case .long(let number): String(number)
        // With a decimal, also where the data have none.
        case .double(let number): JavaNumber.text(number)
        case .boolean(let flag): flag ? "true" : "false"
        }
    }
}
