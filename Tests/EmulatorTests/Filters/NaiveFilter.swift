@testable import Emulator
@testable import PersonalizeEmulator
@testable import S3Emulator

/// Filters evaluated as one would by hand, one subject and one condition at a time, from the syntax tree and plain dictionaries. The twin of
/// the columnar evaluation; it shares no code with it beyond the parser.
struct NaiveFilter {
    enum Cell: Equatable {
        case null
        case text(String)
        case number(Double)
    }

    struct Event {
        var user: String
        var subject: String
        var type: String
        var time: Int64
    }

    var rows: [String: [String: Cell]] = [:]
    var users: [String: [String: Cell]] = [:]
    /// In the order of arrival.
    var events: [Event] = []
    var parameters: [String: [String]] = [:]
    var item = ""
    private(set) var user = ""
    private var recent: [Event] = []

    /// Whose turn it is; says so again when events were added.
    mutating func ask(for user: String) {
        self.user = user
        recent = newest()
    }

    func allowed(_ expressions: [FilterExpression], _ subject: String) -> Bool {
        let applying = expressions.filter(applies)
        let includes = applying.filter(\.isInclude)
        let isIncluded = includes.isEmpty || includes.contains { holds($0, subject) }
        return isIncluded && !applying.contains { !$0.isInclude && holds($0, subject) }
    }

    private func applies(_ expression: FilterExpression) -> Bool {
        let conditions = expression.conditions.flatMap(\.self) + expression.guards
        for condition in conditions {
            if case .values(let values) = condition.operand {
                for case .parameter(let name) in values where parameters[name] == nil { return false }
            }
        }
        return expression.guards.allSatisfy { compare(users[user]?[$0.field.name] ?? .null, $0.comparison, values($0.operand)) }
    }

    private func holds(_ expression: FilterExpression, _ subject: String) -> Bool {
        expression.conditions.contains { $0.allSatisfy { holds($0, subject) } }
    }

    private func holds(_ condition: FilterCondition, _ subject: String) -> Bool {
        let values = values(condition.operand)
        guard condition.field.dataset == "Interactions" else {
            return compare(rows[subject]?[condition.field.name] ?? .null, condition.comparison, values)
        }
        let touched = recent.contains { event in
            event.subject == subject && (values.contains("*") || values.contains { $0.lowercased() == event.type.lowercased() })
        }
        return touched == (condition.comparison == .isIn || condition.comparison == .equal)
    }

    /// The newest hundred of each type: a later arrival is newer than an earlier one of the same time.
    private func newest() -> [Event] {
        var counts: [String: Int] = [:]
        let mine = events.enumerated().filter { $0.element.user == user }.sorted { ($1.element.time, $1.offset) < ($0.element.time, $0.offset) }
        return mine.map(\.element).filter { event in
            counts[event.type.lowercased(), default: 0] += 1
            return counts[event.type.lowercased(), default: 0] <= 100
        }
    }

    private func values(_ operand: FilterOperand) -> [String] {
        switch operand {
        case .values(let values):
            return values.flatMap { value in
                switch value {
                case .text(let text), .number(let text): [text]
                case .parameter(let name): parameters[name] ?? []
                case .any: ["*"]
                }
            }
        case .currentItem(let field):
            switch rows[item]?[field.name] ?? .null {
            case .null: return []
            case .text(let text): return text.split(separator: "|").map(String.init)
            case .number(let number): return [String(number)]
            }
        }
    }

    private func compare(_ cell: Cell, _ comparison: FilterCondition.Operator, _ values: [String]) -> Bool {
        let isIn: Bool
        switch cell {
        case .null: isIn = false
        case .text(let text): isIn = text.split(separator: "|").contains { values.contains(String($0)) }
        case .number(let number): isIn = values.contains { Double($0) == number }
        }
        switch comparison {
        case .isIn, .equal: return isIn
        case .isNotIn, .notEqual: return !isIn
        default: break
        }
        guard case .number(let number) = cell, let other = values.first.flatMap({ Double($0) }) else { return false }
        switch comparison {
        case .less: return number < other
        case .lessOrEqual: return number <= other
        case .greater: return number > other
        default: return number >= other
        }
    }
}
