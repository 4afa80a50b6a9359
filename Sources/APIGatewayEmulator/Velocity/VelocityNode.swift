/// Why a template is not read, or cannot be carried out.
package struct VelocityFault: Error, Equatable {
    package var reason: String
    /// Whether the body of the request is what is wrong.
    package var isBody = false

    package init(_ reason: String, isBody: Bool = false) {
        self.reason = reason
        self.isBody = isBody
    }
}

/// What a template is made of.
indirect enum VelocityNode: Sendable {
    case text(String)
    case reference(VelocityReference)
    case set(VelocityReference, VelocityExpression)
    case choice([(condition: VelocityExpression, body: [VelocityNode])], otherwise: [VelocityNode])
    case loop(name: String, list: VelocityExpression, body: [VelocityNode])
    case leave
    case stop
}

/// `$name.property['key'].method(1)`.
struct VelocityReference: Sendable {
    enum Step: Sendable {
        case property(String)
        case call(String, [VelocityExpression])
        case index(VelocityExpression)
    }

    var name: String
    var steps: [Step]
    /// `$!name`: nothing is printed where there is nothing.
    var isQuiet: Bool
    /// As it was written, which is what a reference to nothing prints.
    var source: String
}

indirect enum VelocityExpression: Sendable {
    enum Operator: String, Sendable {
        case or, and, equal, unequal, less, lessOrEqual, greater, greaterOrEqual, plus, minus, times, divided, modulo
    }

    case boolean(Bool)
    case integer(Int64)
    case double(Double)
    case null
    /// Between single quotes, or what stands between double quotes.
    case text([VelocityNode])
    case list([VelocityExpression])
    case range(VelocityExpression, VelocityExpression)
    case map([(key: VelocityExpression, value: VelocityExpression)])
    case reference(VelocityReference)
    case not(VelocityExpression)
    case negative(VelocityExpression)
    /// Operators of one level, from left to right; as a list, so that a long chain is not nested.
    case chain(VelocityExpression, [(sign: Operator, value: VelocityExpression)])
}
