/// Filter expression → syntax tree, by recursive descent: one method per rule of the grammar.
struct FilterParser {
    private let tokens: [FilterToken]
    private var index = 0

    static func parse(_ expression: String) throws(FilterFault) -> [FilterExpression] {
        var parser = FilterParser(tokens: try FilterLexer.tokens(expression))
        return try parser.filter()
    }

    private init(tokens: [FilterToken]) {
        self.tokens = tokens
    }

    private var current: FilterToken { tokens[index] }

    private mutating func filter() throws(FilterFault) -> [FilterExpression] {
        var expressions = [try expression()]
        while take(sign: "|") { expressions.append(try expression()) }
        guard current.kind == .end else { throw expected("AND, OR, IF, | or the end") }
        return expressions
    }

    private mutating func expression() throws(FilterFault) -> FilterExpression {
        let position = current.position
        let isInclude = take(keyword: "INCLUDE")
        guard isInclude || take(keyword: "EXCLUDE") else { throw expected("INCLUDE or EXCLUDE") }
        let element = try element()
        guard take(keyword: "WHERE") else { throw expected("WHERE") }
        var conditions = [[try condition()]]
        while true {
            if take(keyword: "AND") {
                conditions[conditions.count - 1].append(try condition())
            } else if take(keyword: "OR") {
                conditions.append([try condition()])
            } else {
                break
            }
        }
        var guards: [FilterCondition] = []
        if take(keyword: "IF") {
            repeat { guards.append(try condition()) } while take(keyword: "AND")
        }
        return FilterExpression(isInclude: isInclude, element: element, conditions: conditions, guards: guards, position: position)
    }

    private mutating func element() throws(FilterFault) -> FilterExpression.Element {
        for element in FilterExpression.Element.allCases where take(keyword: element.rawValue) { return element }
        throw expected("ItemID, UserID or ActionID")
    }

    private mutating func condition() throws(FilterFault) -> FilterCondition {
        let field = try field()
        let comparison = try comparison()
        let position = current.position
        let operand = try operand()
        if comparison == .isNotIn, case .values(let values) = operand {
            for case .parameter(let name) in values { throw .placeholderWithNotIn(name) }
        }
        return FilterCondition(field: field, comparison: comparison, operand: operand, operandPosition: position)
    }

    private mutating func field() throws(FilterFault) -> FilterField {
        let position = current.position
        let dataset = try word("a dataset")
        guard take(sign: ".") else { throw expected("a dot after \(dataset)") }
        return FilterField(dataset: dataset, name: try word("a field of \(dataset)"), position: position)
    }

    private mutating func comparison() throws(FilterFault) -> FilterCondition.Operator {
        if take(keyword: "IN") { return .isIn }
        if take(keyword: "NOT") {
            guard take(keyword: "IN") else { throw expected("IN after NOT") }
            return .isNotIn
        }
        if case .sign(let sign) = current.kind, let comparison = FilterCondition.Operator(rawValue: sign) {
            index += 1
            return comparison
        }
        throw expected("an operator")
    }

    private mutating func operand() throws(FilterFault) -> FilterOperand {
        if case .word(let word) = current.kind, word.uppercased() == "CURRENTITEM" { return .currentItem(try field()) }
        guard take(sign: "(") else { return .values([try value()]) }
        var values = [try value()]
        while take(sign: ",") { values.append(try value()) }
        guard take(sign: ")") else { throw expected(", or )") }
        return .values(values)
    }

    private mutating func value() throws(FilterFault) -> FilterValue {
        let value: FilterValue
        switch current.kind {
        case .text(let text): value = Self.quoted(text)
        case .number(let number): value = .number(number)
        case .placeholder(let name): value = .parameter(name)
        case .sign("*"): value = .any
        default: throw expected("a value")
        }
        index += 1
        return value
    }

    /// `"$NAME"` between quotes is a parameter too: the CLI's own examples write it so.
    private static func quoted(_ text: String) -> FilterValue {
        let name = text.dropFirst()
        let isName =
            (1...50).contains(name.utf8.count) && name.utf8.allSatisfy { $0 == 0x5f || ($0 < 0x80 && Character(Unicode.Scalar($0)).isAlphanumeric) }
        return text.hasPrefix("$") && isName ? .parameter(String(name)) : .text(text)
    }

    // MARK: Tokens

    private mutating func take(keyword: String) -> Bool {
        guard case .word(let word) = current.kind, word.uppercased() == keyword.uppercased() else { return false }
        index += 1
        return true
    }

    private mutating func take(sign: String) -> Bool {
        guard current.kind == .sign(sign) else { return false }
        index += 1
        return true
    }

    private mutating func word(_ what: String) throws(FilterFault) -> String {
        guard case .word(let word) = current.kind else { throw expected(what) }
        index += 1
        return word
    }

    private func expected(_ what: String) -> FilterFault {
        FilterFault("expected \(what), found \(current.shown)", at: current.position)
    }
}

extension Character {
    fileprivate var isAlphanumeric: Bool { isLetter || isNumber }
}
