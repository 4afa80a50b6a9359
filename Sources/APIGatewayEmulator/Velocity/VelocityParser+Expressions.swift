/// Expressions, in the order in which their operators bind.
extension VelocityParser {
    mutating func expression() throws(VelocityFault) -> VelocityExpression {
        try deeper { (parser) throws(VelocityFault) in try parser.binary(0) }
    }

    private static let levels: [[(word: StaticString, operator: VelocityExpression.Operator)]] = [
        [("||", .or), ("or", .or)], [("&&", .and), ("and", .and)], [("==", .equal), ("!=", .unequal), ("eq", .equal), ("ne", .unequal)],
        [
            ("<=", .lessOrEqual), (">=", .greaterOrEqual), ("<", .less), (">", .greater), ("lt", .less), ("le", .lessOrEqual), ("gt", .greater),
            ("ge", .greaterOrEqual),
        ],
        [("+", .plus), ("-", .minus)], [("*", .times), ("/", .divided), ("%", .modulo)],
    ]

    private mutating func binary(_ level: Int) throws(VelocityFault) -> VelocityExpression {
        guard level < Self.levels.count else { return try unary() }
        let first = try binary(level + 1)
        var others: [(sign: VelocityExpression.Operator, value: VelocityExpression)] = []
        while true {
            skipBlanks()
            guard let found = Self.levels[level].first(where: { isOperator($0.word) }) else { break }
            guard others.count < 200 else { throw fault("An expression has too many parts") }
            index += found.word.utf8CodeUnitCount
            others.append((found.operator, try binary(level + 1)))
        }
        return others.isEmpty ? first : .chain(first, others)
    }

    /// A word is an operator only when no name goes on behind it.
    private func isOperator(_ word: StaticString) -> Bool {
        guard has(word) else { return false }
        return !Self.isLetter(word.utf8Start[0]) || !Self.isName(peek(word.utf8CodeUnitCount))
    }

    private mutating func unary() throws(VelocityFault) -> VelocityExpression {
        skipBlanks()
        if has("!") {
            index += 1
            return .not(try deeper { (parser) throws(VelocityFault) in try parser.unary() })
        }
        if isOperator("not") {
            index += 3
            return .not(try deeper { (parser) throws(VelocityFault) in try parser.unary() })
        }
        if has("-"), !Self.isDigit(peek(1)) {
            index += 1
            return .negative(try deeper { (parser) throws(VelocityFault) in try parser.unary() })
        }
        return try primary()
    }

    private mutating func primary() throws(VelocityFault) -> VelocityExpression {
        guard let byte = next else { throw fault("An expression is cut short") }
        switch byte {
        case UInt8(ascii: "("):
            index += 1
            let inner = try expression()
            skipBlanks()
            guard take(")") else { throw fault("A parenthesis is not closed") }
            return inner
        case UInt8(ascii: "$"):
            guard let reference = try reference() else { throw fault("A dollar sign names nothing") }
            return .reference(reference)
        case UInt8(ascii: "'"), UInt8(ascii: "\""): return .text(try quoted(byte))
        case UInt8(ascii: "["): return try listOrRange()
        case UInt8(ascii: "{"): return try map()
        case UInt8(ascii: "-"), 0x30...0x39: return try number()
        default:
            switch name() {
            case "true": return .boolean(true)
            case "false": return .boolean(false)
            case "null": return .null
            default: throw fault("An expression is not understood")
            }
        }
    }

    private mutating func number() throws(VelocityFault) -> VelocityExpression {
        let start = index
        _ = take("-")
        while Self.isDigit(next) { index += 1 }
        if next == UInt8(ascii: "."), Self.isDigit(peek(1)) {
            index += 1
            while Self.isDigit(next) { index += 1 }
            guard let value = Double(text(start..<index)) else { throw fault("A number is not understood") }
            return .double(value)
        }
        guard let value = Int64(text(start..<index)) else { throw fault("A number is not understood") }
        return .integer(value)
    }

    /// What stands between two quotes; between double ones references and directives count.
    private mutating func quoted(_ quote: UInt8) throws(VelocityFault) -> [VelocityNode] {
        index += 1
        let start = index
        while let byte = next, byte != quote {
            _ = byte
            index += 1
        }
        guard next != nil else { throw fault("A text is not closed") }
        let content = start..<index
        index += 1
        guard quote == UInt8(ascii: "\""), source[content].contains(where: { $0 == UInt8(ascii: "$") || $0 == UInt8(ascii: "#") }) else {
            return [.text(text(content))]
        }
        return try deeper { (parser) throws(VelocityFault) in
            var inner = VelocityParser(Array(parser.source[content]))
            inner.depth = parser.depth
            return try inner.whole()
        }
    }

    /// Expressions with commas between them; the bracket at the end is taken too.
    mutating func list(until end: Unicode.Scalar) throws(VelocityFault) -> [VelocityExpression] {
        var items: [VelocityExpression] = []
        skipBlanks()
        if take(end) { return items }
        repeat {
            items.append(try expression())
            skipBlanks()
            guard items.count <= 1000 else { throw fault("A list is too long") }
        } while take(",")
        guard take(end) else { throw fault("A list is not closed") }
        return items
    }

    private mutating func listOrRange() throws(VelocityFault) -> VelocityExpression {
        index += 1
        skipBlanks()
        if take("]") { return .list([]) }
        let first = try expression()
        skipBlanks()
        if has("..") {
            index += 2
            let last = try expression()
            skipBlanks()
            guard take("]") else { throw fault("A range is not closed") }
            return .range(first, last)
        }
        guard take(",") else {
            guard take("]") else { throw fault("A list is not closed") }
            return .list([first])
        }
        return .list([first] + (try list(until: "]")))
    }

    private mutating func map() throws(VelocityFault) -> VelocityExpression {
        index += 1
        var entries: [(key: VelocityExpression, value: VelocityExpression)] = []
        skipBlanks()
        if take("}") { return .map([]) }
        repeat {
            let key = try expression()
            skipBlanks()
            guard take(":") else { throw fault("A map has a key without a value") }
            entries.append((key, try expression()))
            skipBlanks()
            guard entries.count <= 1000 else { throw fault("A map is too long") }
        } while take(",")
        guard take("}") else { throw fault("A map is not closed") }
        return .map(entries)
    }
}
