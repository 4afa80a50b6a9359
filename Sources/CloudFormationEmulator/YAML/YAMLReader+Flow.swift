import Wire

/// Quoted scalars and flow collections, which may go over several lines.
extension YAMLReader {
    /// - Returns: the text, and the place behind its closing quote.
    func quoted(_ start: Int) throws(YAMLFault) -> (text: String, end: Int) {
        let quote = byte(start)
        let isDouble = quote == UInt8(ascii: "\"")
        var output: [UInt8] = []
        var place = start + 1
        while true {
            guard place < bytes.count else { throw fault("a quote is never closed", at: start) }
            let next = bytes[place]
            if next == quote {
                guard !isDouble, byte(place + 1) == quote else { break }
                output.append(quote)
                place += 2
            } else if isDouble, next == UInt8(ascii: "\\") {
                place = try escape(place + 1, &output)
            } else if isEnd(next) {
                while let last = output.last, isBlank(last) { output.removeLast() }
                var feeds = 0
                while place < bytes.count, isEnd(bytes[place]) || isBlank(bytes[place]) {
                    if bytes[place] == 0x0A { feeds += 1 }
                    place += 1
                }
                output += feeds > 1 ? [UInt8](repeating: 0x0A, count: feeds - 1) : [0x20]
            } else {
                output.append(next)
                place += 1
            }
        }
        return (String(decoding: output, as: UTF8.self), place + 1)
    }

    private static let escapes: [UInt8: UInt8] = [
        UInt8(ascii: "n"): 0x0A, UInt8(ascii: "t"): 0x09, UInt8(ascii: "r"): 0x0D, UInt8(ascii: "0"): 0x00, UInt8(ascii: "a"): 0x07,
        UInt8(ascii: "b"): 0x08, UInt8(ascii: "e"): 0x1B, UInt8(ascii: "f"): 0x0C, UInt8(ascii: "v"): 0x0B, UInt8(ascii: "\""): 0x22,
        UInt8(ascii: "\\"): 0x5C, UInt8(ascii: "/"): 0x2F, UInt8(ascii: " "): 0x20,
    ]

    private func escape(_ place: Int, _ output: inout [UInt8]) throws(YAMLFault) -> Int {
        let letter = byte(place)
        if let plain = Self.escapes[letter] {
            output.append(plain)
            return place + 1
        }
        if isEnd(letter), place < bytes.count {
            // An escaped line feed joins the lines.
            return skipBlanks(lineAfter(place))
        }
        let digits = letter == UInt8(ascii: "x") ? 2 : letter == UInt8(ascii: "u") ? 4 : letter == UInt8(ascii: "U") ? 8 : 0
        guard digits > 0, place + 1 + digits <= bytes.count,
            let value = UInt32(String(decoding: bytes[place + 1..<place + 1 + digits], as: UTF8.self), radix: 16)
        else { throw fault("an escape is malformed", at: place) }
        let after = place + 1 + digits
        // JSON writes what is beyond 16 bits as two halves.
        if (0xD800...0xDBFF).contains(value), byte(after) == UInt8(ascii: "\\"), byte(after + 1) == UInt8(ascii: "u"), after + 6 <= bytes.count,
            let low = UInt32(String(decoding: bytes[after + 2..<after + 6], as: UTF8.self), radix: 16), (0xDC00...0xDFFF).contains(low),
            let scalar = Unicode.Scalar(0x10000 + (value - 0xD800) << 10 + (low - 0xDC00))
        {
            output += Array(String(scalar).utf8)
            return after + 6
        }
        guard let scalar = Unicode.Scalar(value) else { throw fault("an escape is no character", at: place) }
        output += Array(String(scalar).utf8)
        return after
    }

    /// Blanks, line feeds and comments between the parts of a flow collection.
    private func skipSpace(_ place: Int) -> Int {
        var place = place
        while place < bytes.count {
            if isBlank(bytes[place]) || isEnd(bytes[place]) {
                place += 1
            } else if bytes[place] == UInt8(ascii: "#"), place == 0 || isBlank(byte(place - 1)) || isEnd(byte(place - 1)) {
                place = lineAfter(place)
            } else {
                return place
            }
        }
        return place
    }

    /// - Returns: the collection or scalar at a place, and the place behind it.
    mutating func flow(_ start: Int) throws(YAMLFault) -> (value: Document, end: Int) {
        try enter()
        defer { leave() }
        guard start < bytes.count else { throw fault("a collection is never closed", at: start) }
        switch byte(start) {
        case UInt8(ascii: "["): return try flowList(start)
        case UInt8(ascii: "{"): return try flowObject(start)
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            let (text, end) = try quoted(start)
            return (.string(text), end)
        case UInt8(ascii: "!"):
            let (name, end) = tagName(start)
            let (value, after) = try flow(skipSpace(end))
            return (try apply(name, value, at: start), after)
        case UInt8(ascii: "&"), UInt8(ascii: "*"): throw fault("anchors and aliases are not read", at: start)
        default:
            let (text, end) = flowPlain(start)
            return (Self.scalar(text), end)
        }
    }

    private mutating func flowList(_ start: Int) throws(YAMLFault) -> (value: Document, end: Int) {
        var items: [Document] = []
        var place = skipSpace(start + 1)
        while byte(place) != UInt8(ascii: "]") || place >= bytes.count {
            let (value, end) = try flow(place)
            guard end > place else { throw fault("an entry is missing", at: place) }
            items.append(value)
            place = skipSpace(end)
            if byte(place) == UInt8(ascii: ",") {
                place = skipSpace(place + 1)
            } else if byte(place) != UInt8(ascii: "]") || place >= bytes.count {
                throw fault("a comma or a bracket is missing", at: place)
            }
        }
        return (.list(items), place + 1)
    }

    private mutating func flowObject(_ start: Int) throws(YAMLFault) -> (value: Document, end: Int) {
        var fields: [(String, Document)] = []
        var seen: Set<String> = []
        var place = skipSpace(start + 1)
        while byte(place) != UInt8(ascii: "}") || place >= bytes.count {
            guard place < bytes.count else { throw fault("a collection is never closed", at: start) }
            let isQuoted = byte(place) == UInt8(ascii: "\"") || byte(place) == UInt8(ascii: "'")
            let (key, keyEnd) = isQuoted ? try quoted(place) : flowPlain(place)
            guard isQuoted || !key.isEmpty, seen.insert(key).inserted else { throw fault("a key is missing or comes twice", at: place) }
            place = skipSpace(keyEnd)
            guard byte(place) == UInt8(ascii: ":"), place < bytes.count else { throw fault("a key has no colon", at: place) }
            place = skipSpace(place + 1)
            if ",}".utf8.contains(byte(place)) {
                fields.append((key, .null))
            } else {
                let (value, end) = try flow(place)
                fields.append((key, value))
                place = skipSpace(end)
            }
            if byte(place) == UInt8(ascii: ",") {
                place = skipSpace(place + 1)
            } else if byte(place) != UInt8(ascii: "}") || place >= bytes.count {
                throw fault("a comma or a brace is missing", at: place)
            }
        }
        return (.object(Document.Fields(fields)), place + 1)
    }

    /// A plain scalar inside a flow collection, its line feeds folded.
    private func flowPlain(_ start: Int) -> (text: String, end: Int) {
        var place = start
        while place < bytes.count, !",[]{}".utf8.contains(bytes[place]) {
            let after = byte(place + 1)
            if bytes[place] == UInt8(ascii: ":"), isBlank(after) || isEnd(after) || ",[]{}".utf8.contains(after) { break }
            if bytes[place] == UInt8(ascii: "#"), place > start, isBlank(bytes[place - 1]) || isEnd(bytes[place - 1]) { break }
            place += 1
        }
        let words = bytes[start..<place].split { isBlank($0) || isEnd($0) }
        let text = words.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
        return (text, place)
    }
}
