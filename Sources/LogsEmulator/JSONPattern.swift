import Wire

/// A filter pattern for JSON events: `{ $.level = "ERROR" && $.took > 100 }`.
///
/// Comparisons with texts (`=`, `!=`, with `*` for any characters) and numbers (`= != < <= > >=`), `IS NULL`, `IS TRUE`, `IS FALSE`, `EXISTS`, `NOT EXISTS`,
/// `&&` before `||`, parentheses. What compares with a member that is not there is not so, whatever the comparison.
struct JSONPattern: Sendable {
    indirect enum Node: Sendable {
        case all([Node])
        case any([Node])
        case test(DocumentPath, Test)
    }

    enum Test: Sendable {
        case text(WildcardPattern, isEqual: Bool)
        case number(String, Double)
        case isNull, isTrue, isFalse, exists, notExists
    }

    private let root: Node

    /// - Parameter text: with its braces.
    /// - Throws: InvalidParameterException.
    init(_ text: ArraySlice<UInt8>) throws(ServiceError) {
        var reader = JSONPatternReader(rest: text)
        root = try reader.pattern()
    }

    /// How many comparisons it has.
    var tests: Int { Self.count(root) }

    private static func count(_ node: Node) -> Int {
        switch node {
        case .all(let nodes), .any(let nodes): nodes.reduce(0) { $0 + count($1) }
        case .test: 1
        }
    }

    func matches(_ message: [UInt8]) -> Bool {
        guard let document = try? JSON.parse(message), case .object = document else { return false }
        return Self.holds(root, document)
    }

    private static func holds(_ node: Node, _ document: Document) -> Bool {
        switch node {
        case .all(let nodes): nodes.allSatisfy { holds($0, document) }
        case .any(let nodes): nodes.contains { holds($0, document) }
        case .test(let selector, let test): holds(test, selector.find(in: document))
        }
    }

    private static func holds(_ test: Test, _ value: Document?) -> Bool {
        guard let value else { if case .notExists = test { return true } else { return false } }
        switch test {
        case .exists: return true
        case .notExists: return false
        case .isNull: return value == .null
        case .isTrue: return value == .boolean(true)
        case .isFalse: return value == .boolean(false)
        case .number(let comparison, let number):
            guard let found = value.numberIfAny ?? value.textIfAny.flatMap({ Double($0) }) else { return comparison == "!=" }
            return compare(found, comparison, number)
        case .text(let pattern, let isEqual):
            let text: String
            switch value {
            case .string(let own): text = own
            case .boolean(let own): text = own ? "true" : "false"
            case .integer(let own): text = String(own)
            default: return !isEqual
            }
            return pattern.matches(Array(text.utf8)) == isEqual
        }
    }

    private static func compare(_ one: Double, _ comparison: String, _ other: Double) -> Bool {
        switch comparison {
        case "=": one == other
        case "!=": one != other
        case "<": one < other
        case "<=": one <= other
        case ">": one > other
        default: one >= other
        }
    }
}

/// Reads a pattern of JSON events.
private struct JSONPatternReader {
    var rest: ArraySlice<UInt8>
    private var depth = 0

    init(rest: ArraySlice<UInt8>) { self.rest = rest }

    private static let invalid = ServiceError.invalidParameter("Invalid filter pattern")
    private static let maximumDepth = 32

    mutating func pattern() throws(ServiceError) -> JSONPattern.Node {
        try expect("{")
        let node = try alternatives()
        try expect("}")
        skipBlanks()
        guard rest.isEmpty else { throw Self.invalid }
        return node
    }

    private mutating func alternatives() throws(ServiceError) -> JSONPattern.Node {
        var nodes = [try conjunction()]
        while take("||") { nodes.append(try conjunction()) }
        return nodes.count == 1 ? nodes[0] : .any(nodes)
    }

    private mutating func conjunction() throws(ServiceError) -> JSONPattern.Node {
        var nodes = [try operand()]
        while take("&&") { nodes.append(try operand()) }
        return nodes.count == 1 ? nodes[0] : .all(nodes)
    }

    private mutating func operand() throws(ServiceError) -> JSONPattern.Node {
        guard take("(") else {
            let selector = try selector()
            return .test(selector, try test())
        }
        depth += 1
        guard depth <= Self.maximumDepth else { throw Self.invalid }
        let node = try alternatives()
        try expect(")")
        depth -= 1
        return node
    }

    /// `$.a.b[0].c`
    private mutating func selector() throws(ServiceError) -> DocumentPath {
        try expect("$")
        var steps: [DocumentPath.Step] = []
        while let next = rest.first, next == UInt8(ascii: ".") || next == UInt8(ascii: "[") {
            rest = rest.dropFirst()
            if next == UInt8(ascii: ".") {
                let name = rest.prefix { Self.isName($0) }
                if name.contains(UInt8(ascii: "*")) { throw .notHere("A wildcard in a selector of a filter pattern") }
                guard !name.isEmpty else { throw Self.invalid }
                rest = rest.dropFirst(name.count)
                steps.append(.member(String(decoding: name, as: UTF8.self)))
            } else {
                if rest.first == UInt8(ascii: "*") { throw .notHere("A wildcard in a selector of a filter pattern") }
                let digits = rest.prefix { (0x30...0x39).contains($0) }
                rest = rest.dropFirst(digits.count)
                guard let index = Int(String(decoding: digits, as: UTF8.self)), rest.popFirst() == UInt8(ascii: "]") else { throw Self.invalid }
                steps.append(.element(index))
            }
        }
        guard !steps.isEmpty else { throw Self.invalid }
        return DocumentPath(steps)
    }

    private mutating func test() throws(ServiceError) -> JSONPattern.Test {
        skipBlanks()
        let word = rest.prefix { Self.isLetter($0) }
        if !word.isEmpty {
            rest = rest.dropFirst(word.count)
            switch String(decoding: word, as: UTF8.self).uppercased() {
            case "EXISTS": return .exists
            case "NOT" where takeWord() == "EXISTS": return .notExists
            case "IS":
                switch takeWord() {
                case "NULL": return .isNull
                case "TRUE": return .isTrue
                case "FALSE": return .isFalse
                default: throw Self.invalid
                }
            default: throw Self.invalid
            }
        }
        guard let comparison = ["!=", "<=", ">=", "=", "<", ">"].first(where: { take($0) }) else { throw Self.invalid }
        return try operand(of: comparison)
    }

    private mutating func operand(of comparison: String) throws(ServiceError) -> JSONPattern.Test {
        skipBlanks()
        if rest.first == UInt8(ascii: "%") { throw .notHere("A filter pattern with a regular expression (%…%)") }
        if rest.first == UInt8(ascii: "\"") {
            let pieces = try quoted()
            guard comparison == "=" || comparison == "!=" else { throw Self.invalid }
            return .text(WildcardPattern(pieces), isEqual: comparison == "=")
        }
        let value = rest.prefix { Self.isValue($0) }
        guard !value.isEmpty else { throw Self.invalid }
        rest = rest.dropFirst(value.count)
        let text = String(decoding: value, as: UTF8.self)
        if let number = Double(text), number.isFinite { return .number(comparison, number) }
        guard comparison == "=" || comparison == "!=" else { throw Self.invalid }
        let pieces = value.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false).map(Array.init)
        return .text(WildcardPattern(pieces), isEqual: comparison == "=")
    }

    /// A text in quotes, split where it has a star.
    private mutating func quoted() throws(ServiceError) -> [[UInt8]] {
        rest = rest.dropFirst()
        var pieces: [[UInt8]] = [[]]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return pieces
            case UInt8(ascii: "*"): pieces.append([])
            case UInt8(ascii: "\\"):
                guard let escaped = rest.popFirst() else { throw Self.invalid }
                pieces[pieces.count - 1].append(escaped)
            default: pieces[pieces.count - 1].append(byte)
            }
        }
        throw Self.invalid
    }

    // MARK: Parts

    private mutating func take(_ text: String) -> Bool {
        skipBlanks()
        guard rest.starts(with: text.utf8) else { return false }
        rest = rest.dropFirst(text.utf8.count)
        return true
    }

    private mutating func expect(_ text: String) throws(ServiceError) {
        guard take(text) else { throw Self.invalid }
    }

    private mutating func takeWord() -> String {
        skipBlanks()
        let word = rest.prefix { Self.isLetter($0) }
        rest = rest.dropFirst(word.count)
        return String(decoding: word, as: UTF8.self).uppercased()
    }

    private mutating func skipBlanks() { rest = rest.drop(while: Self.isBlank) }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }

    /// Of members: letters, digits and what stands in names.
    private static func isName(_ byte: UInt8) -> Bool {
        isLetter(byte) || (0x30...0x39).contains(byte) || byte >= 0x80 || "_-@#*".utf8.contains(byte)
    }

    private static func isValue(_ byte: UInt8) -> Bool { isName(byte) || ".:/+".utf8.contains(byte) }
}
