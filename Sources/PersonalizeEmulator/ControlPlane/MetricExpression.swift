import Recommend
import Shapes
import Wire

/// What a metric counts: `SAMPLECOUNT()`, `SUM(Items.COLUMN)` or `SUM(Interactions.COLUMN)`.
enum MetricExpression: Equatable {
    case count
    case sum(DatasetKind, column: String)

    /// The function as reports name it.
    var function: String { self == .count ? "samplecount" : "sum" }

    /// - Parameter schemas: of the dataset group; nil reads the text alone.
    /// - Throws: `InvalidInputException` for another function, an unknown column, or one that holds no numbers.
    init(_ text: String, _ schemas: [DatasetKind: AvroSchema]?) throws(ServiceError) {
        let plain = text.filter { $0 != " " }
        guard plain.hasSuffix(")"), let open = plain.firstIndex(of: "(") else { throw Self.invalid(text) }
        let argument = plain[plain.index(after: open)...].dropLast()
        switch plain[..<open].uppercased() {
        case "SAMPLECOUNT" where argument.isEmpty: self = .count
        case "SUM":
            let parts = argument.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 2, let kind = DatasetKind(String(parts[0])), kind == .items || kind == .interactions else {
                throw Self.invalid(text)
            }
            guard let schemas else {
                self = .sum(kind, column: String(parts[1]))
                return
            }
            guard let field = schemas[kind]?.fields.first(where: { $0.name.uppercased() == parts[1].uppercased() }) else {
                throw .Personalize.invalidInput("The column \(argument) of the metric expression \(text) does not exist.")
            }
            guard [AvroSchema.FieldType.float, .double, .int, .long].contains(field.type) else {
                throw .Personalize.invalidInput("The column \(argument) of the metric expression \(text) is not numeric.")
            }
            self = .sum(kind, column: field.name)
        default: throw Self.invalid(text)
        }
    }

    private static func invalid(_ text: String) -> ServiceError {
        .Personalize.invalidInput("Invalid metric expression: \(text). Use SUM(Items.COLUMN), SUM(Interactions.COLUMN) or SAMPLECOUNT().")
    }
}
