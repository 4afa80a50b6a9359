package import Recommend
import ServiceKit

/// A filter whose fields exist and whose values fit them, ready to be evaluated.
package struct FilterPlan: Sendable, Equatable {
    package struct Expression: Sendable, Equatable {
        package var isInclude: Bool
        /// The dataset that all its conditions are about.
        package var dataset: DatasetKind
        /// Holds when all tests of one of these groups hold.
        package var tests: [[FilterTest]]
        /// Tests of the current user's row in Users; all must hold for the expression to count.
        package var guards: [FilterTest]

        /// The parameters that a request has to give values for.
        package var parameters: Set<String> {
            Set((tests.joined() + guards).flatMap(\.parameters))
        }
    }

    package var element: FilterExpression.Element
    package var expressions: [Expression]

    /// `DATASET.FIELD` of every field it reads, for the limits on their number.
    package var fields: Set<String> {
        var fields: Set<String> = []
        for expression in expressions {
            for test in expression.tests.joined() {
                fields.insert("\(expression.dataset.rawValue).\(test.column)")
                if case .currentItem(let column) = test.operand { fields.insert("ITEMS.\(column)") }
            }
            for test in expression.guards { fields.insert("USERS.\(test.column)") }
        }
        return fields
    }

    package var parameters: Set<String> { expressions.reduce(into: []) { $0.formUnion($1.parameters) } }

    /// Whether it can only be asked about an item.
    package var needsItem: Bool {
        expressions.contains { $0.tests.joined().contains { if case .currentItem = $0.operand { true } else { false } } }
    }

    /// Whether it can only be asked for a user.
    package var needsUser: Bool {
        expressions.contains { !$0.guards.isEmpty || ($0.dataset.isEvents && element != .user) }
    }

    package func reads(_ dataset: DatasetKind) -> Bool {
        expressions.contains { $0.dataset == dataset || (dataset == .users && !$0.guards.isEmpty) || (dataset == .items && needsItem) }
    }
}

/// One condition of a plan.
package struct FilterTest: Sendable, Hashable {
    package enum Comparison: Sendable, Hashable {
        /// Equal to one of the values; the complement of `isNotIn`, so that what is missing is in no list.
        case isIn, isNotIn
        case less, lessOrEqual, greater, greaterOrEqual
    }

    package enum Operand: Sendable, Hashable {
        case values([FilterValue])
        case currentItem(String)
    }

    /// The field as the schema has it.
    package var column: String
    package var isNumeric: Bool
    package var comparison: Comparison
    package var operand: Operand

    package var parameters: [String] {
        guard case .values(let values) = operand else { return [] }
        return values.compactMap { if case .parameter(let name) = $0 { name } else { nil } }
    }
}

extension DatasetKind {
    /// Whether its rows are things that users did.
    var isEvents: Bool { self == .interactions || self == .actionInteractions }
}
