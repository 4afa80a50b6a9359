/// Text with holes: `{*}` stands for anything, `{name}` too, and what it stood for is kept for later requests.
struct AnswerPattern {
    private enum Part {
        case text(String)
        case hole(name: String)
    }

    private let parts: [Part]

    init(_ text: String) {
        var parts: [Part] = []
        var literal = ""
        var rest = text[...]
        while let character = rest.first {
            if character == "{", let end = rest.firstIndex(of: "}"), Self.isName(rest[rest.index(after: rest.startIndex)..<end]) {
                parts += [.text(literal), .hole(name: String(rest[rest.index(after: rest.startIndex)..<end]))]
                literal = ""
                rest = rest[rest.index(after: end)...]
            } else {
                literal.append(character)
                rest = rest.dropFirst()
            }
        }
        self.parts = parts + [.text(literal)]
    }

    private static func isName(_ text: Substring) -> Bool {
        text == "*" || (!text.isEmpty && text.allSatisfy { $0.isASCII && $0.isLowercase })
    }

    /// What the names stand for in `text`; nil when it is not of this form. A hole takes as little as it can, and a name that occurs twice
    /// must stand for the same.
    func match(_ text: String) -> [String: String]? {
        var values: [String: String] = [:]
        var rest = text[...]
        var open: String?
        for (index, part) in parts.enumerated() {
            switch part {
            case .hole(let name): open = name
            case .text(let literal):
                guard let name = open else {
                    guard rest.hasPrefix(literal) else { return nil }
                    rest = rest.dropFirst(literal.count)
                    continue
                }
                let isLast = index == parts.count - 1
                guard let end = isLast ? Self.suffix(literal, of: rest) : Self.first(literal, in: rest) else { return nil }
                let value = String(rest[..<end])
                if name != "*" {
                    guard values[name] == nil || values[name] == value else { return nil }
                    values[name] = value
                }
                rest = rest[end...].dropFirst(literal.count)
                open = nil
            }
        }
        return rest.isEmpty ? values : nil
    }

    private static func suffix(_ literal: String, of text: Substring) -> Substring.Index? {
        text.hasSuffix(literal) ? text.index(text.endIndex, offsetBy: -literal.count) : nil
    }

    private static func first(_ literal: String, in text: Substring) -> Substring.Index? {
        var start = text.startIndex
        while start < text.endIndex {
            if text[start...].hasPrefix(literal) { return start }
            start = text.index(after: start)
        }
        return literal.isEmpty ? text.startIndex : nil
    }

    /// `text` with the values in its holes; holes without a value stay.
    static func fill(_ text: String, _ values: [String: String]) -> String {
        AnswerPattern(text).parts.map { part in
            switch part {
            case .text(let literal): literal
            case .hole(let name): values[name] ?? "{\(name)}"
            }
        }
        .joined()
    }
}
