/// A type of an API model and its constraints. Printed by `shapegen`, interpreted by `Shape.check`.
package final class Shape: Sendable {
    package enum Kind: Sendable {
        case string, integer, long, double, boolean, blob, timestamp
        case list(Shape)
        case map(key: Shape, value: Shape)
        case structure([Member])
    }

    package struct Member: Sendable {
        package let name: String
        package let shape: Shape
        package let isRequired: Bool

        package init(_ name: String, _ shape: Shape, required: Bool = false) {
            self.name = name
            self.shape = shape
            isRequired = required
        }
    }

    package let name: String
    package let kind: Kind
    package let minimum: Double?
    package let maximum: Double?
    package let pattern: Pattern?
    package let values: [String]

    package init(_ name: String, _ kind: Kind, min: Double? = nil, max: Double? = nil, pattern: String? = nil, values: [String] = []) {
        self.name = name
        self.kind = kind
        minimum = min
        maximum = max
        self.pattern = pattern.map { Pattern($0) }
        self.values = values
    }
}
