package import Recommend
import ServiceKit

/// Holds a parsed filter against the schemas of its dataset group.
package struct FilterChecker {
    /// Distinct fields that one filter may read (quota of filter expressions).
    package static let maximumFields = 10

    private let schemas: [DatasetKind: [ColumnSpec]]

    /// - Parameter schemas: the columns of the datasets that the group has.
    package init(_ schemas: [DatasetKind: [ColumnSpec]]) {
        self.schemas = schemas
    }

    package func plan(_ expression: String) throws(FilterFault) -> FilterPlan {
        let parsed = try FilterParser.parse(expression)
        guard let element = parsed.first?.element else { preconditionFailure("a parsed filter has an expression") }
        var expressions: [FilterPlan.Expression] = []
        for part in parsed {
            guard part.element == element else {
                throw FilterFault("all expressions of a filter must be about the same: \(element.rawValue)", at: part.position)
            }
            expressions.append(try check(part))
        }
        let plan = FilterPlan(element: element, expressions: expressions)
        guard plan.fields.count <= Self.maximumFields else {
            throw FilterFault("A filter may use at most \(Self.maximumFields) distinct fields; this one uses \(plan.fields.count).")
        }
        return plan
    }

    private func check(_ expression: FilterExpression) throws(FilterFault) -> FilterPlan.Expression {
        let dataset = try dataset(of: expression)
        var groups: [[FilterTest]] = []
        for group in expression.conditions {
            var tests: [FilterTest] = []
            for condition in group {
                guard try kind(condition.field) == dataset else {
                    throw FilterFault("all conditions of an expression must use the dataset of the first", at: condition.field.position)
                }
                tests.append(try test(condition, dataset, expression.element))
            }
            groups.append(tests)
        }
        var guards: [FilterTest] = []
        for condition in expression.guards {
            guard condition.field.dataset.uppercased() == "CURRENTUSER", expression.element != .user else {
                throw FilterFault("IF is for conditions on CurrentUser only", at: condition.field.position)
            }
            guards.append(try test(condition, .users, .user))
        }
        return FilterPlan.Expression(isInclude: expression.isInclude, dataset: dataset, tests: groups, guards: guards)
    }

    /// Which datasets say something about what is filtered.
    private static let datasets: [FilterExpression.Element: [DatasetKind]] = [
        .item: [.items, .interactions], .user: [.users, .interactions], .action: [.actions, .actionInteractions],
    ]

    private func dataset(of expression: FilterExpression) throws(FilterFault) -> DatasetKind {
        let first = expression.conditions[0][0].field
        let kind = try kind(first)
        guard Self.datasets[expression.element]?.contains(kind) == true else {
            throw FilterFault("\(expression.element.rawValue) cannot be filtered by \(first.dataset)", at: first.position)
        }
        return kind
    }

    private func kind(_ field: FilterField) throws(FilterFault) -> DatasetKind {
        let name = field.dataset.uppercased()
        if name == "CURRENTUSER" { throw FilterFault("CurrentUser can be used after IF only", at: field.position) }
        // The documentation's own examples also write Action for Actions.
        guard let kind = name == "ACTION" ? .actions : DatasetKind(rawValue: name) else {
            throw FilterFault("\(field.dataset) is no dataset", at: field.position)
        }
        return kind
    }

    private func column(_ field: FilterField, in dataset: DatasetKind) throws(FilterFault) -> ColumnSpec {
        guard let columns = schemas[dataset] else {
            throw FilterFault("the dataset group has no \(dataset.rawValue) dataset", at: field.position)
        }
        guard let column = columns.first(where: { $0.name.uppercased() == field.name.uppercased() }) else {
            throw FilterFault("\(field.dataset) has no field \(field.name)", at: field.position)
        }
        let isExpiry = dataset == .actions && ["ACTION_EXPIRATION_TIMESTAMP", "EXPIRATION_TIMESTAMP", "REPEAT_FREQUENCY"].contains(column.name)
        if column.textual || column.type == .boolean || isExpiry {
            throw FilterFault("the field \(field.name) cannot be used in a filter", at: field.position)
        }
        if dataset.isEvents, column.name != "EVENT_TYPE" {
            throw FilterFault("EVENT_TYPE is the only field of \(field.dataset) that can be used in a filter", at: field.position)
        }
        return column
    }

    private func test(
        _ condition: FilterCondition,
        _ dataset: DatasetKind,
        _ element: FilterExpression.Element
    ) throws(FilterFault) -> FilterTest {
        let column = try column(condition.field, in: dataset)
        let comparison: FilterTest.Comparison =
            switch condition.comparison {
            case .isIn, .equal: .isIn
            case .isNotIn, .notEqual: .isNotIn
            case .less: .less
            case .lessOrEqual: .lessOrEqual
            case .greater: .greater
            case .greaterOrEqual: .greaterOrEqual
            }
        let isSet = condition.comparison == .isIn || condition.comparison == .isNotIn
        guard column.isNumeric || comparison == .isIn || comparison == .isNotIn else {
            throw FilterFault("\(condition.comparison.rawValue) is for numbers, and \(column.name) is a text", at: condition.field.position)
        }
        let operand: FilterTest.Operand
        switch condition.operand {
        case .values(let values):
            if !isSet, values.count > 1 {
                throw FilterFault("\(condition.comparison.rawValue) takes one value", at: condition.operandPosition)
            }
            operand = .values(
                try values.mapThrowing { value throws(FilterFault) in
                    try converted(value, column, dataset, at: condition.operandPosition)
                }
            )
        case .currentItem(let field):
            guard element == .item, dataset == .items else {
                throw FilterFault("CurrentItem is for conditions on Items only", at: field.position)
            }
            let other = try self.column(field, in: .items)
            guard other.isNumeric == column.isNumeric else {
                throw FilterFault("\(column.name) and \(other.name) cannot be compared", at: field.position)
            }
            operand = .currentItem(other.name)
        }
        return FilterTest(column: column.name, isNumeric: column.isNumeric, comparison: comparison, operand: operand)
    }

    /// A number may be written between quotes, as the service's own examples do; `*` stands for all event types and nothing else.
    private func converted(_ value: FilterValue, _ column: ColumnSpec, _ dataset: DatasetKind, at position: Int) throws(FilterFault) -> FilterValue {
        switch value {
        case .parameter: return value
        case .any where dataset.isEvents, .text("*") where dataset.isEvents: return .any
        case .any: throw FilterFault("* can be used with EVENT_TYPE only", at: position)
        case .text(let text), .number(let text):
            guard column.isNumeric else { return .text(text) }
            guard FilterNumber(text) != nil else { throw FilterFault("\(column.name) is a number, and \(text) is not", at: position) }
            return .number(text)
        }
    }
}

extension ColumnSpec {
    var isNumeric: Bool { type != .string && type != .boolean }
}

extension Sequence {
    /// `map` for a transform that throws one kind of error.
    func mapThrowing<Value, Fault: Error>(_ transform: (Element) throws(Fault) -> Value) throws(Fault) -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try transform(element)) }
        return values
    }
}
