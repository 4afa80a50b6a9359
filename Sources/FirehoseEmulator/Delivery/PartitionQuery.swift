import ServiceKit
import Wire

/// What takes the keys of partitions out of a record: the part of jq that such queries are mostly made of, an object whose values are paths.
///
/// `{customer: .customer.id, kind: .type[0], "day": (.sent | strftime("%d"))}`
struct PartitionQuery: Sendable {
    struct Fault: Error {
        var reason: String
    }

    enum Step: Sendable, Equatable {
        case member(String)
        case index(Int)
        case text
        case lowercase
        case uppercase
        case date([DatePart])
    }

    enum DatePart: Sendable, Equatable {
        case literal(String)
        /// A letter of strftime.
        case field(Character)
    }

    struct Value: Sendable, Equatable {
        /// What it begins with; nil for the record.
        var literal: String?
        var steps: [Step] = []
    }

    private(set) var values: [(name: String, value: Value)] = []
    /// Keys of a query.
    private static let most = 50

    init(_ text: String) throws(Fault) {
        var parser = Parser(text)
        values = try parser.object()
        guard values.count <= Self.most else { throw Fault(reason: "a query has \(Self.most) keys at most") }
        guard Set(values.map(\.name)).count == values.count else { throw Fault(reason: "a key stands in it twice") }
    }

    /// The keys of a record, by name.
    /// - Throws: what is wrong with the record, in words.
    func keys(of record: Document) throws(Fault) -> [String: String] {
        var keys: [String: String] = [:]
        for (name, value) in values {
            let found = try Self.evaluate(value, record)
            switch found {
            case .string(let text) where !text.isEmpty: keys[name] = text
            case .integer, .double, .boolean: keys[name] = JSON.text(found)
            case .string, .null: throw Fault(reason: "partitionKeys values must not be null or empty")
            default: throw Fault(reason: "partitionKeys values must be texts, numbers or booleans")
            }
        }
        return keys
    }

    private static func evaluate(_ value: Value, _ record: Document) throws(Fault) -> Document {
        var current = value.literal.map { Document.string($0) } ?? record
        for step in value.steps {
            switch (step, current) {
            case (.member(let name), .object(let fields)): current = fields[name] ?? .null
            case (.index(let index), .list(let items)):
                let place = index < 0 ? items.count + index : index
                current = items.indices.contains(place) ? items[place] : .null
            case (.member, .null), (.index, .null): current = .null
            case (.member(let name), _): throw Fault(reason: "cannot take \"\(name)\" out of what is no object")
            case (.index(let index), _): throw Fault(reason: "cannot take \(index) out of what is no array")
            case (.text, .string): break
            case (.text, _): current = .string(JSON.text(current))
            case (.lowercase, .string(let text)): current = .string(text.asciiLowercase)
            case (.uppercase, .string(let text)): current = .string(text.asciiUppercase)
            case (.lowercase, _), (.uppercase, _): throw Fault(reason: "what is no text has no case")
            case (.date(let parts), _):
                guard let seconds = current.numberIfAny, abs(seconds) < 1e11 else { throw Fault(reason: "strftime requires a number of seconds") }
                current = .string(date(seconds, parts))
            }
        }
        return current
    }

    private static func date(_ seconds: Double, _ parts: [DatePart]) -> String {
        let moment = Timestamp(seconds: seconds.rounded(.down))
        return parts.reduce(into: "") { text, part in
            switch part {
            case .literal(let literal): text += literal
            case .field(let letter): text += patterns[letter]?.text(moment) ?? ""
            }
        }
    }

    /// The letters of strftime that are carried out, as patterns of Java's.
    static let patterns: [Character: JavaDatePattern] = {
        let letters: [Character: String] = ["Y": "yyyy", "y": "yy", "m": "MM", "d": "dd", "H": "HH", "M": "mm", "S": "ss", "j": "DDD"]
        return letters.compactMapValues { try? JavaDatePattern($0) }
    }()
}

extension String {
    /// jq changes letters of ASCII only.
    fileprivate var asciiLowercase: String { String(decoding: utf8.map { (0x41...0x5A).contains($0) ? $0 + 32 : $0 }, as: UTF8.self) }
    fileprivate var asciiUppercase: String { String(decoding: utf8.map { (0x61...0x7A).contains($0) ? $0 - 32 : $0 }, as: UTF8.self) }
}

// MARK: Reading

extension PartitionQuery {
    fileprivate struct Parser {
        private var rest: Substring
        /// Brackets that are open: a stranger's query must not use up the stack.
        private var depth = 0

        init(_ text: String) { rest = text[...] }

        mutating func object() throws(Fault) -> [(name: String, value: Value)] {
            try expect("{", "a query is an object of keys, as {key: .path}")
            var values: [(name: String, value: Value)] = []
            repeat { values.append(try pair()) } while take(",")
            try expect("}", nil)
            skipBlanks()
            guard rest.isEmpty else { throw unknown() }
            return values
        }

        private mutating func pair() throws(Fault) -> (name: String, value: Value) {
            skipBlanks()
            let name: String
            if rest.first == "\"" { name = try text() } else { name = try identifier() }
            // The name alone means the member of that name.
            return take(":") ? (name, try pipeline()) : (name, Value(steps: [.member(name)]))
        }

        private mutating func pipeline() throws(Fault) -> Value {
            var value: Value
            if take("(") {
                depth += 1
                guard depth <= 16 else { throw Fault(reason: "brackets are nested deeper than 16") }
                value = try pipeline()
                depth -= 1
                try expect(")", nil)
            } else if peek == "\"" {
                value = Value(literal: try text())
            } else {
                value = Value(steps: try path())
            }
            while take("|") { value.steps += try filter() }
            return value
        }

        private mutating func filter() throws(Fault) -> [Step] {
            if peek == "." { return try path() }
            let start = rest
            switch try identifier() {
            case "tostring": return [.text]
            case "ascii_downcase": return [.lowercase]
            case "ascii_upcase": return [.uppercase]
            case "strftime":
                try expect("(", nil)
                let format = try text()
                try expect(")", nil)
                return [.date(try Self.date(format))]
            default:
                rest = start
                throw unknown()
            }
        }

        /// `.a.b`, `."a"`, `.a[0]`, `.a["b"]`, or the record itself, `.`.
        private mutating func path() throws(Fault) -> [Step] {
            var steps: [Step] = []
            guard peek == "." else { throw unknown() }
            while let next = rest.first, next == "." || next == "[" {
                rest.removeFirst()
                if next == "[" {
                    if peek == "\"" { steps.append(.member(try text())) } else { steps.append(.index(try integer())) }
                    try expect("]", nil)
                } else if rest.first == "\"" {
                    steps.append(.member(try text()))
                } else if rest.first.map(Self.begins) ?? false {
                    steps.append(.member(try identifier()))
                } else if rest.first != "[" {
                    guard steps.isEmpty, rest.first != "." else { throw unknown() }
                    break
                }
            }
            return steps
        }

        private static func date(_ format: String) throws(Fault) -> [DatePart] {
            var (parts, text) = ([DatePart](), format[...])
            while let character = text.popFirst() {
                guard character == "%" else {
                    parts.append(.literal(String(character)))
                    continue
                }
                let letter = text.popFirst() ?? "%"
                if letter == "%" {
                    parts.append(.literal("%"))
                } else {
                    guard PartitionQuery.patterns[letter] != nil else {
                        throw Fault(reason: "%\(letter) of strftime is not carried out by personalite")
                    }
                    parts.append(.field(letter))
                }
            }
            return parts
        }

        // MARK: Words

        private static func begins(_ character: Character) -> Bool { character == "_" || character.isASCII && character.isLetter }

        private mutating func identifier() throws(Fault) -> String {
            skipBlanks()
            guard let first = rest.first, Self.begins(first) else { throw unknown() }
            let word = rest.prefix { $0 == "_" || $0.isASCII && ($0.isLetter || $0.isNumber) }
            rest = rest.dropFirst(word.count)
            return String(word)
        }

        /// A text in quotes, with the escapes of JSON and none of jq's.
        private mutating func text() throws(Fault) -> String {
            skipBlanks()
            var (end, isEscaped) = (rest.dropFirst(), false)
            while let character = end.first, isEscaped || character != "\"" {
                isEscaped = !isEscaped && character == "\\"
                end = end.dropFirst()
            }
            guard rest.first == "\"", end.first == "\"" else { throw Fault(reason: "a text is not closed") }
            let literal = rest[..<end.dropFirst().startIndex]
            guard case .string(let text)? = try? JSON.parse(String(literal)) else { throw unknown() }
            rest = end.dropFirst()
            return text
        }

        private mutating func integer() throws(Fault) -> Int {
            skipBlanks()
            let digits = rest.prefix { $0.isASCII && $0.isNumber || $0 == "-" }
            guard let value = Int(digits), value.magnitude < 1 << 31 else { throw unknown() }
            rest = rest.dropFirst(digits.count)
            return value
        }

        private var peek: Character? {
            mutating get {
                skipBlanks()
                return rest.first
            }
        }

        private mutating func take(_ character: Character) -> Bool {
            guard peek == character else { return false }
            rest.removeFirst()
            return true
        }

        private mutating func expect(_ character: Character, _ otherwise: String?) throws(Fault) {
            guard take(character) else { throw otherwise.map { Fault(reason: $0) } ?? unknown() }
        }

        private mutating func skipBlanks() { rest = rest.drop { $0 == " " || $0 == "\t" || $0.isNewline } }

        private func unknown() -> Fault {
            let shown = rest.prefix(30)
            let paths = "paths, texts, tostring, ascii_downcase, ascii_upcase and strftime are"
            return Fault(reason: shown.isEmpty ? "the query is not at its end" : "\"\(shown)\" is not carried out by personalite, of jq \(paths)")
        }
    }
}
