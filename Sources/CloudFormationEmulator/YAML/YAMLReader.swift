package import Wire

/// Why a text is no YAML that this side reads.
package struct YAMLFault: Error, Equatable {
    package var reason: String
    /// Both count from 1.
    package var line: Int
    package var column: Int
}

/// The part of YAML that templates are written in: block and flow collections, plain and quoted scalars, literal and folded blocks, comments, and
/// CloudFormation's short tags, which become their long forms. Anchors, aliases, complex keys, directives and several documents in one are refused.
///
/// Plain `true`, `false`, `null`, and whole numbers without leading zeros are those; every other scalar is text, dates and fractions too. Depth and
/// the number of nodes are bounded.
package struct YAMLReader {
    static let maximumDepth = 64
    private static let maximumNodes = 200_000

    /// The dash of an entry becomes a blank once it is read, so that what follows it begins a block of its own.
    var bytes: [UInt8]
    /// The beginning of the line that is read next.
    var line = 0
    private var depth = 0
    private var nodes = 0

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
    }

    package static func parse(_ bytes: [UInt8]) throws(YAMLFault) -> Document {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw YAMLFault(reason: "it is no UTF-8", line: 1, column: 1) }
        var reader = YAMLReader(bytes)
        if let odd = reader.bytes.firstIndex(where: { $0 < 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D || $0 == 0x7F }) {
            throw reader.fault("YAML has no such character", at: odd)
        }
        return try reader.document()
    }

    private mutating func document() throws(YAMLFault) -> Document {
        if try nextContent() == 0, isMarker(UInt8(ascii: "-")) { line = lineAfter(line) }
        let value = try block(from: 0) ?? .null
        if try nextContent() != nil {
            guard isMarker(UInt8(ascii: ".")) else { throw fault("what follows belongs to nothing", at: line + (indent(of: line))) }
        }
        return value
    }

    // MARK: Lines

    func fault(_ reason: String, at place: Int) -> YAMLFault {
        let before = bytes[..<min(place, bytes.count)]
        let start = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        return YAMLFault(reason: reason, line: before.count(where: { $0 == 0x0A }) + 1, column: before.count - start + 1)
    }

    func byte(_ place: Int) -> UInt8 { place < bytes.count ? bytes[place] : 0x0A }

    func lineAfter(_ place: Int) -> Int {
        var place = place
        while place < bytes.count, bytes[place] != 0x0A { place += 1 }
        return min(place + 1, bytes.count)
    }

    func indent(of start: Int) -> Int {
        var place = start
        while byte(place) == 0x20 { place += 1 }
        return place - start
    }

    func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
    func isEnd(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }

    func skipBlanks(_ place: Int) -> Int {
        var place = place
        while isBlank(byte(place)) { place += 1 }
        return place
    }

    /// Whether nothing but a comment is left of a line.
    func isLineEnd(_ place: Int) -> Bool { isEnd(byte(place)) || byte(place) == UInt8(ascii: "#") }

    private func isMarker(_ mark: UInt8) -> Bool {
        line + 3 <= bytes.count && bytes[line..<line + 3].allSatisfy { $0 == mark } && (isBlank(byte(line + 3)) || isEnd(byte(line + 3)))
    }

    /// Goes to the next line that has something on it; its indentation, or nil at the end.
    mutating func nextContent() throws(YAMLFault) -> Int? {
        while line < bytes.count {
            let indent = indent(of: line)
            let first = skipBlanks(line + indent)
            if isLineEnd(first) {
                line = lineAfter(line)
                continue
            }
            guard byte(line + indent) != 0x09 else { throw fault("a tab indents", at: line + indent) }
            return indent
        }
        return nil
    }

    /// After a value: the rest of its line must be empty.
    mutating func endLine(_ place: Int) throws(YAMLFault) {
        let end = skipBlanks(place)
        guard isLineEnd(end), end > place || byte(end) != UInt8(ascii: "#") else { throw fault("what follows the value belongs to nothing", at: end) }
        line = lineAfter(end)
    }

    mutating func enter() throws(YAMLFault) {
        depth += 1
        nodes += 1
        guard depth <= Self.maximumDepth else { throw fault("it is nested too deeply", at: line) }
        guard nodes <= Self.maximumNodes else { throw fault("it has too many nodes", at: line) }
    }

    mutating func leave() { depth -= 1 }

    // MARK: Blocks

    /// The block that begins with the next line, if that is indented enough.
    private mutating func block(from least: Int) throws(YAMLFault) -> Document? {
        guard let indent = try nextContent(), indent >= least else { return nil }
        if indent == 0, isMarker(UInt8(ascii: "-")) || isMarker(UInt8(ascii: ".")) { return nil }
        try enter()
        defer { leave() }
        let first = line + indent
        if isDash(first) { return try sequence(indent) }
        if try keyEnd(first) != nil { return try mapping(indent) }
        return try inline(first, parent: least - 1)
    }

    private func isDash(_ place: Int) -> Bool {
        byte(place) == UInt8(ascii: "-") && (isBlank(byte(place + 1)) || isEnd(byte(place + 1)))
    }

    private mutating func sequence(_ indent: Int) throws(YAMLFault) -> Document {
        var items: [Document] = []
        while let next = try nextContent(), next == indent, isDash(line + indent) {
            let content = skipBlanks(line + indent + 1)
            if isLineEnd(content) {
                line = lineAfter(line)
                items.append(try block(from: indent + 1) ?? .null)
                continue
            }
            bytes[line + indent] = 0x20
            for place in line..<content { bytes[place] = 0x20 }
            let isKey = try keyEnd(content) != nil
            let isBlock = isDash(content) || isKey
            items.append(isBlock ? try block(from: content - line) ?? .null : try inline(content, parent: indent))
        }
        return .list(items)
    }

    private mutating func mapping(_ indent: Int) throws(YAMLFault) -> Document {
        var fields: [(String, Document)] = []
        var seen: Set<String> = []
        while let next = try nextContent(), next == indent, !isDash(line + indent), !(indent == 0 && isMarker(UInt8(ascii: "."))) {
            let start = line + indent
            guard let colon = try keyEnd(start) else { throw fault("a key has no colon", at: start) }
            let key = try keyText(start, colon)
            guard seen.insert(key).inserted else { throw fault("the key \(key) comes twice", at: start) }
            let content = skipBlanks(colon + 1)
            if isLineEnd(content) {
                line = lineAfter(line)
                fields.append((key, try nested(in: indent)))
            } else {
                fields.append((key, try inline(content, parent: indent)))
            }
        }
        if let next = try nextContent(), next > indent { throw fault("the indentation fits nothing", at: line + next) }
        return .object(Document.Fields(fields))
    }

    /// What belongs to a key or a tag at the end of its line: a deeper block, or entries that begin where the key does.
    mutating func nested(in indent: Int) throws(YAMLFault) -> Document {
        guard let next = try nextContent() else { return .null }
        if next == indent, isDash(line + next) {
            try enter()
            defer { leave() }
            return try sequence(next)
        }
        return try block(from: indent + 1) ?? .null
    }

    /// Where the colon of a key is; nil when no key begins here.
    private func keyEnd(_ start: Int) throws(YAMLFault) -> Int? {
        let first = byte(start)
        if first == UInt8(ascii: "?"), isBlank(byte(start + 1)) { throw fault("complex keys are not read", at: start) }
        if first == UInt8(ascii: "\"") || first == UInt8(ascii: "'") {
            var place = start + 1
            while !isEnd(byte(place)), byte(place) != first {
                place += first == UInt8(ascii: "\"") && byte(place) == UInt8(ascii: "\\") ? 2 : 1
            }
            guard byte(place) == first else { return nil }
            let colon = skipBlanks(place + 1)
            return byte(colon) == UInt8(ascii: ":") && (isBlank(byte(colon + 1)) || isEnd(byte(colon + 1))) ? colon : nil
        }
        if "{[!&*|>%@`#".utf8.contains(first) { return nil }
        var place = start
        while !isEnd(byte(place)) {
            if byte(place) == UInt8(ascii: "#"), isBlank(byte(place - 1)) { return nil }
            if byte(place) == UInt8(ascii: ":"), isBlank(byte(place + 1)) || isEnd(byte(place + 1)) { return place }
            place += 1
        }
        return nil
    }

    private mutating func keyText(_ start: Int, _ colon: Int) throws(YAMLFault) -> String {
        if byte(start) == UInt8(ascii: "\"") || byte(start) == UInt8(ascii: "'") { return try quoted(start).text }
        let text = String(decoding: bytes[start..<colon], as: UTF8.self)
        let key = String(text.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
        guard key != "<<" else { throw fault("merge keys are not read", at: start) }
        return key
    }
}
