package import Wire

/// An event pattern: which events a rule, or a filter of an event source, is about.
///
/// Members of events by lists of values, of which one has to match: values themselves, `prefix`, `suffix`, `equals-ignore-case` (also inside of the first two),
/// `anything-but`, `numeric`, `exists`, `wildcard`. `$or` and `cidr` are refused by name.
package struct EventPattern: Sendable {
    indirect enum Node: Sendable {
        case object([(name: String, node: Node)])
        case leaf([Matcher])
    }

    indirect enum Matcher: Sendable {
        case value(Document)
        case prefix(String, ignoresCase: Bool)
        case suffix(String, ignoresCase: Bool)
        case equalsIgnoringCase(String)
        case anythingBut([Matcher])
        case numeric([(comparison: String, number: Double)])
        case exists(Bool)
        case wildcard(WildcardPattern)
    }

    /// Why a text is no pattern.
    package struct Fault: Error {
        package var reason: String
        /// Whether AWS has it and it is not carried out here.
        package var isNotHere = false
    }

    private static let maximumDepth = 32

    private let root: Node

    package init(_ text: String) throws(Fault) {
        guard let document = try? JSON.parse(text), case .object(let fields) = document else { throw Fault(reason: "Filter is not an object") }
        guard !fields.entries.isEmpty else { throw Fault(reason: "Filter is empty") }
        root = try Self.node(document, depth: 0)
    }

    private static func node(_ document: Document, depth: Int) throws(Fault) -> Node {
        guard depth < maximumDepth else { throw Fault(reason: "The pattern is nested too deep") }
        switch document {
        case .object(let fields):
            guard !fields.entries.isEmpty else { throw Fault(reason: "Empty objects are not allowed") }
            var members: [(name: String, node: Node)] = []
            for field in fields.entries {
                guard field.name != "$or" else { throw Fault(reason: "$or in an event pattern", isNotHere: true) }
                members.append((field.name, try node(field.value, depth: depth + 1)))
            }
            return .object(members)
        case .list(let items):
            guard !items.isEmpty else { throw Fault(reason: "Empty arrays are not allowed") }
            var matchers: [Matcher] = []
            for item in items { matchers.append(try matcher(item)) }
            return .leaf(matchers)
        default: throw Fault(reason: "Match value must be an array or an object")
        }
    }

    private static func matcher(_ item: Document) throws(Fault) -> Matcher {
        switch item {
        case .object(let fields):
            guard let field = fields.entries.first, fields.entries.count == 1 else { throw Fault(reason: "Only one key allowed in match expression") }
            return try matcher(field.name, field.value)
        case .list: throw Fault(reason: "Match value must be String, number, true, false, or null")
        default: return .value(item)
        }
    }

    private static func matcher(_ name: String, _ value: Document) throws(Fault) -> Matcher {
        switch name {
        case "prefix", "suffix":
            let ignored = value["equals-ignore-case"]?.textIfAny
            guard let text = value.textIfAny ?? ignored else { throw Fault(reason: "\(name) match pattern must be a string") }
            return name == "prefix" ? .prefix(text, ignoresCase: ignored != nil) : .suffix(text, ignoresCase: ignored != nil)
        case "equals-ignore-case":
            guard let text = value.textIfAny else { throw Fault(reason: "equals-ignore-case match pattern must be a string") }
            return .equalsIgnoringCase(text)
        case "anything-but":
            let items = if case .list(let items) = value { items } else { [value] }
            guard !items.isEmpty else { throw Fault(reason: "Value of anything-but must not be empty") }
            var matchers: [Matcher] = []
            for item in items {
                if case .object(let fields) = item {
                    // `{"prefix": ["a", "b"]}` is either of them.
                    guard let field = fields.entries.first, fields.entries.count == 1,
                        ["prefix", "suffix", "equals-ignore-case", "wildcard"].contains(field.name)
                    else { throw Fault(reason: "Value of anything-but must be a value, an array, prefix, suffix, equals-ignore-case or wildcard") }
                    let texts = if case .list(let texts) = field.value { texts } else { [field.value] }
                    for text in texts { matchers.append(try matcher(field.name, text)) }
                } else {
                    matchers.append(.value(item))
                }
            }
            return .anythingBut(matchers)
        case "numeric": return try numeric(value.listIfAny)
        case "exists":
            guard case .boolean(let flag) = value else { throw Fault(reason: "exists match pattern must be either true or false.") }
            return .exists(flag)
        case "wildcard":
            guard let text = value.textIfAny else { throw Fault(reason: "wildcard match pattern must be a string") }
            let pieces = text.split(separator: "*", omittingEmptySubsequences: false).map(String.init)
            guard !text.contains("\\"), !text.contains("**"), pieces.count <= 16 else {
                throw Fault(reason: "Consecutive, many or escaped wildcards", isNotHere: true)
            }
            return .wildcard(WildcardPattern(pieces.map { Array($0.utf8) }))
        case "cidr": throw Fault(reason: "cidr in an event pattern", isNotHere: true)
        default: throw Fault(reason: "Unrecognized match type \(name)")
        }
    }

    /// `[">", 0, "<=", 5]`
    private static func numeric(_ items: [Document]) throws(Fault) -> Matcher {
        guard items.count == 2 || items.count == 4 else { throw Fault(reason: "Invalid member in numeric match") }
        var tests: [(comparison: String, number: Double)] = []
        for index in stride(from: 0, to: items.count, by: 2) {
            guard let comparison = items[index].textIfAny, ["=", "<", "<=", ">", ">="].contains(comparison), let number = items[index + 1].numberIfAny
            else {
                throw Fault(reason: "Invalid member in numeric match")
            }
            tests.append((comparison, number))
        }
        return .numeric(tests)
    }

    // MARK: Matching

    package func matches(_ event: Document) -> Bool { Self.matches(root, event) }

    private static func matches(_ node: Node, _ value: Document?) -> Bool {
        switch node {
        case .object(let members):
            // Of a list of objects, one has to match.
            if case .list(let items)? = value { return items.contains { matches(node, $0) } }
            return members.allSatisfy { member in
                if case .object(let fields)? = value { return matches(member.node, fields[member.name]) }
                return matches(member.node, nil)
            }
        case .leaf(let matchers):
            if case .list(let items)? = value {
                return matchers.contains { matcher in
                    if case .exists(let isThere) = matcher { return isThere == !items.isEmpty }
                    return items.contains { holds(matcher, $0) }
                }
            }
            return matchers.contains { holds($0, value) }
        }
    }

    private static func holds(_ matcher: Matcher, _ value: Document?) -> Bool {
        guard let value else { if case .exists(false) = matcher { return true } else { return false } }
        switch matcher {
        case .value(let expected):
            if let one = expected.numberIfAny, let other = value.numberIfAny { return one == other }
            return expected == value
        case .prefix(let text, let ignoresCase): return value.textIfAny.map { folded($0, ignoresCase).hasPrefix(folded(text, ignoresCase)) } ?? false
        case .suffix(let text, let ignoresCase): return value.textIfAny.map { folded($0, ignoresCase).hasSuffix(folded(text, ignoresCase)) } ?? false
        case .equalsIgnoringCase(let text): return value.textIfAny.map { $0.lowercased() == text.lowercased() } ?? false
        case .anythingBut(let matchers):
            if case .object = value { return false }
            return !matchers.contains { holds($0, value) }
        case .numeric(let tests):
            guard let number = value.numberIfAny else { return false }
            return tests.allSatisfy { compare(number, $0.comparison, $0.number) }
        case .exists(let isThere):
            // A member that holds others is none of its own.
            if case .object = value { return !isThere }
            return isThere
        case .wildcard(let pattern): return value.textIfAny.map { pattern.matches(Array($0.utf8)) } ?? false
        }
    }

    private static func folded(_ text: String, _ ignoresCase: Bool) -> String { ignoresCase ? text.lowercased() : text }

    private static func compare(_ one: Double, _ comparison: String, _ other: Double) -> Bool {
        switch comparison {
        case "=": one == other
        case "<": one < other
        case "<=": one <= other
        case ">": one > other
        default: one >= other
        }
    }
}
