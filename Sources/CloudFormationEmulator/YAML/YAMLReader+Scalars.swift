import Wire

/// Values that begin on a line with something before them.
extension YAMLReader {
    /// - Parameter parent: the indentation of what the value belongs to; its further lines are indented more.
    mutating func inline(_ start: Int, parent: Int) throws(YAMLFault) -> Document {
        switch byte(start) {
        case UInt8(ascii: "!"): return try tagged(start, parent: parent)
        case UInt8(ascii: "|"), UInt8(ascii: ">"): return .string(try blockText(start, parent: parent))
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            let (text, end) = try quoted(start)
            try endLine(end)
            return .string(text)
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            let (value, end) = try flow(start)
            try endLine(end)
            return value
        case UInt8(ascii: "&"), UInt8(ascii: "*"): throw fault("anchors and aliases are not read", at: start)
        case UInt8(ascii: "@"), UInt8(ascii: "`"), UInt8(ascii: "%"): throw fault("no value begins so", at: start)
        default: return Self.scalar(try plain(start, parent: parent))
        }
    }

    /// The name of the tag at a place, without its exclamation mark, and where it ends.
    func tagName(_ start: Int) -> (name: String, end: Int) {
        var end = start + 1
        while !isBlank(byte(end)), !isEnd(byte(end)), !",]}".utf8.contains(byte(end)) { end += 1 }
        return (String(decoding: bytes[start + 1..<end], as: UTF8.self), end)
    }

    private mutating func tagged(_ start: Int, parent: Int) throws(YAMLFault) -> Document {
        try enter()
        defer { leave() }
        let (name, end) = tagName(start)
        let content = skipBlanks(end)
        let inner: Document
        if isLineEnd(content) {
            line = lineAfter(content)
            inner = try nested(in: parent)
        } else {
            inner = try inline(content, parent: parent)
        }
        return try apply(name, inner, at: start)
    }

    /// The long form of a short tag.
    func apply(_ tag: String, _ value: Document, at place: Int) throws(YAMLFault) -> Document {
        switch tag {
        case "Ref", "Condition": return .object(Document.Fields([(tag, value)]))
        case "GetAtt":
            guard case .string(let text) = value else { return .object(Document.Fields([("Fn::GetAtt", value)])) }
            let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).map { Document.string(String($0)) }
            return .object(Document.Fields([("Fn::GetAtt", .list(parts))]))
        case "Sub", "Join", "If", "Equals", "Not", "And", "Or", "Select", "Split", "FindInMap", "ImportValue", "Base64", "Cidr", "GetAZs",
            "Transform", "Length", "ToJsonString", "Contains", "EachMemberIn", "EachMemberEquals":
            return .object(Document.Fields([("Fn::\(tag)", value)]))
        case "!str": return .string(value.scalarText ?? "")
        case "!int", "!bool", "!float", "!map", "!seq", "!null": return value
        default: throw fault("the tag !\(tag) is unknown", at: place)
        }
    }

    /// What a plain scalar is.
    static func scalar(_ text: String) -> Document {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .boolean(true)
        case "false", "False", "FALSE": return .boolean(false)
        default:
            if let number = Int64(text), String(number) == text { return .integer(number) }
            return .string(text)
        }
    }

    /// A plain scalar, its further lines joined by blanks, and empty ones kept as line feeds.
    private mutating func plain(_ start: Int, parent: Int) throws(YAMLFault) -> String {
        var text = try plainLine(start)
        line = lineAfter(start)
        while true {
            var next = line
            var empty = 0
            while next < bytes.count, isEnd(byte(skipBlanks(next))) {
                empty += 1
                next = lineAfter(next)
            }
            guard next < bytes.count, indent(of: next) > parent else { return text }
            let content = skipBlanks(next)
            guard byte(content) != UInt8(ascii: "#") else { return text }
            line = next
            text += (empty > 0 ? String(repeating: "\n", count: empty) : " ") + (try plainLine(content))
            line = lineAfter(next)
        }
    }

    private func plainLine(_ start: Int) throws(YAMLFault) -> String {
        var end = start
        while !isEnd(byte(end)) {
            if byte(end) == UInt8(ascii: "#"), end > start, isBlank(byte(end - 1)) { break }
            if byte(end) == UInt8(ascii: ":"), isBlank(byte(end + 1)) || isEnd(byte(end + 1)) { throw fault("no key may be here", at: end) }
            end += 1
        }
        while end > start, isBlank(byte(end - 1)) { end -= 1 }
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }

    // MARK: Literal and folded blocks

    private mutating func blockText(_ start: Int, parent: Int) throws(YAMLFault) -> String {
        let isFolded = byte(start) == UInt8(ascii: ">")
        var (place, keep, strip): (Int, Bool, Bool) = (start + 1, false, false)
        var width: Int?
        while !isBlank(byte(place)), !isEnd(byte(place)) {
            switch byte(place) {
            case UInt8(ascii: "+"): keep = true
            case UInt8(ascii: "-"): strip = true
            case UInt8(ascii: "1")...UInt8(ascii: "9"): width = max(parent, 0) + Int(byte(place) - 0x30)
            default: throw fault("the head of a block is malformed", at: place)
            }
            place += 1
        }
        try endLine(place)
        var lines: [String] = []
        // A text that ends without a line feed gives its block none.
        var endsWithFeed = true
        while line < bytes.count {
            let indent = indent(of: line)
            var end = line
            while end < bytes.count, bytes[end] != 0x0A { end += 1 }
            let next = min(end + 1, bytes.count)
            let hasFeed = end < bytes.count
            if end > line, bytes[end - 1] == 0x0D { end -= 1 }
            if line + indent >= end {
                lines.append(width.map { indent > $0 ? String(repeating: " ", count: indent - $0) : "" } ?? "")
            } else {
                let least = width ?? indent
                guard indent >= least, least > parent else { break }
                width = least
                lines.append(String(decoding: bytes[(line + least)..<end], as: UTF8.self))
                endsWithFeed = hasFeed
            }
            line = next
        }
        var trailing = 0
        while let last = lines.last, last.isEmpty {
            lines.removeLast()
            trailing += 1
        }
        let text = isFolded ? Self.folded(lines) : lines.joined(separator: "\n")
        if strip || !endsWithFeed { return text }
        return text + (keep ? String(repeating: "\n", count: trailing + (lines.isEmpty ? 0 : 1)) : lines.isEmpty ? "" : "\n")
    }

    /// Lines that begin with no blank are joined; empty ones between them become line feeds.
    private static func folded(_ lines: [String]) -> String {
        var text = ""
        var (empty, wasIndented): (Int, Bool) = (0, false)
        for (index, line) in lines.enumerated() {
            if line.isEmpty {
                empty += 1
                continue
            }
            let isIndented = line.hasPrefix(" ") || line.hasPrefix("\t")
            if index > 0, !text.isEmpty || empty > 0 {
                let isKept = isIndented || wasIndented
                text += empty > 0 ? String(repeating: "\n", count: empty + (isKept ? 1 : 0)) : isKept ? "\n" : " "
            }
            text += line
            (empty, wasIndented) = (0, isIndented)
        }
        return text
    }
}

extension Document {
    /// A scalar as text, as CloudFormation takes numbers and booleans where text is meant.
    var scalarText: String? {
        switch self {
        case .string(let text): text
        case .boolean(let flag): flag ? "true" : "false"
        case .integer(let number): String(number)
        case .double(let number): number == number.rounded() && number.magnitude < 1e15 ? String(Int64(number)) : "\(number)"
        default: nil
        }
    }
}
