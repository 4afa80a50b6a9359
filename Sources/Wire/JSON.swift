/// RFC 8259 JSON to `Document`, strictly: no trailing bytes, no comments, valid UTF-8, bounded depth.
package enum JSON {
    /// Where and why a text is no JSON.
    package struct Failure: Error, Equatable {
        package var offset: Int
        package var reason: String
    }

    /// Deeper nesting than any modelled shape needs is refused before it can use up the stack.
    package static let maximumDepth = 64

    package static func parse(_ bytes: [UInt8]) throws(Failure) -> Document {
        var parser = Parser(bytes: bytes)
        parser.skipBlanks()
        let value = try parser.value(depth: 0)
        parser.skipBlanks()
        guard parser.index == bytes.count else { throw parser.failure("bytes after the value") }
        return value
    }

    package static func parse(_ text: String) throws(Failure) -> Document {
        try parse(Array(text.utf8))
    }
}

private struct Parser {
    let bytes: [UInt8]
    var index = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    func failure(_ reason: String) -> JSON.Failure {
        JSON.Failure(offset: index, reason: reason)
    }

    var current: UInt8 {
        index < bytes.count ? bytes[index] : 0
    }

    mutating func skipBlanks() {
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x09, 0x0A, 0x0D: index += 1
            default: return
            }
        }
    }

    mutating func value(depth: Int) throws(JSON.Failure) -> Document {
        guard depth < JSON.maximumDepth else { throw failure("nested too deeply") }
        guard index < bytes.count else { throw failure("the text ends early") }
        switch bytes[index] {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try list(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .boolean(true))
        case UInt8(ascii: "f"): return try word("false", .boolean(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    mutating func word(_ word: StaticString, _ value: Document) throws(JSON.Failure) -> Document {
        let length = word.utf8CodeUnitCount
        guard index + length <= bytes.count, bytes[index..<index + length].elementsEqual(word.description.utf8) else {
            throw failure("no value")
        }
        index += length
        return value
    }

    mutating func object(depth: Int) throws(JSON.Failure) -> Document {
        var fields = Document.Fields()
        index += 1
        skipBlanks()
        if current == UInt8(ascii: "}") {
            index += 1
            return .object(fields)
        }
        while true {
            guard current == UInt8(ascii: "\"") else { throw failure("no member name") }
            let name = try string()
            skipBlanks()
            guard current == UInt8(ascii: ":") else { throw failure("no colon") }
            index += 1
            skipBlanks()
            fields.append(name, try value(depth: depth + 1))
            skipBlanks()
            if current == UInt8(ascii: ",") {
                index += 1
                skipBlanks()
            } else if current == UInt8(ascii: "}") {
                index += 1
                return .object(fields)
            } else {
                throw failure("an object that does not end")
            }
        }
    }

    mutating func list(depth: Int) throws(JSON.Failure) -> Document {
        var items: [Document] = []
        index += 1
        skipBlanks()
        if current == UInt8(ascii: "]") {
            index += 1
            return .list(items)
        }
        while true {
            items.append(try value(depth: depth + 1))
            skipBlanks()
            if current == UInt8(ascii: ",") {
                index += 1
                skipBlanks()
            } else if current == UInt8(ascii: "]") {
                index += 1
                return .list(items)
            } else {
                throw failure("a list that does not end")
            }
        }
    }

    mutating func string() throws(JSON.Failure) -> String {
        index += 1
        let start = index
        // Nearly every string has no escape and is taken in one piece.
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") {
                guard let text = String(validating: bytes[start..<index], as: UTF8.self) else { throw failure("invalid UTF-8") }
                index += 1
                return text
            }
            if byte == UInt8(ascii: "\\") { return try escapedString(from: start) }
            guard byte >= 0x20 else { throw failure("a control character in a string") }
            index += 1
        }
        throw failure("a string that does not end")
    }

    mutating func escapedString(from start: Int) throws(JSON.Failure) -> String {
        var text = Array(bytes[start..<index])
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else { throw failure("invalid UTF-8") }
                return string
            case UInt8(ascii: "\\"):
                let escape = current
                index += 1
                switch escape {
                case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(escape)
                case UInt8(ascii: "b"): text.append(0x08)
                case UInt8(ascii: "f"): text.append(0x0C)
                case UInt8(ascii: "n"): text.append(0x0A)
                case UInt8(ascii: "r"): text.append(0x0D)
                case UInt8(ascii: "t"): text.append(0x09)
                case UInt8(ascii: "u"): try text.append(contentsOf: String(Character(scalar())).utf8)
                default: throw failure("an unknown escape")
                }
            case 0..<0x20: throw failure("a control character in a string")
            default: text.append(byte)
            }
        }
        throw failure("a string that does not end")
    }

    /// The character of `\uXXXX`, joined with its second half when it is a surrogate; a lone half is U+FFFD.
    mutating func scalar() throws(JSON.Failure) -> Unicode.Scalar {
        let first = try hexQuad()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, current == UInt8(ascii: "\\"), index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "u") else {
            return "\u{FFFD}"
        }
        let mark = index
        index += 2
        let second = try hexQuad()
        guard (0xDC00..<0xE000).contains(second) else {
            index = mark
            return "\u{FFFD}"
        }
        return Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)) ?? "\u{FFFD}"
    }

    mutating func hexQuad() throws(JSON.Failure) -> UInt32 {
        guard index + 4 <= bytes.count else { throw failure("a short escape") }
        var value: UInt32 = 0
        for byte in bytes[index..<index + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { throw failure("no hexadecimal digit") }
            value = value << 4 | UInt32(digit)
        }
        index += 4
        return value
    }

    mutating func number() throws(JSON.Failure) -> Document {
        let start = index
        if current == UInt8(ascii: "-") { index += 1 }
        let whole = digits()
        guard whole > 0 else { throw failure("no value") }
        let firstDigit = index - whole
        guard whole == 1 || bytes[firstDigit] != UInt8(ascii: "0") else { throw failure("a number with a leading zero") }
        var isInteger = true
        if current == UInt8(ascii: ".") {
            isInteger = false
            index += 1
            guard digits() > 0 else { throw failure("no digits after the point") }
        }
        if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
            isInteger = false
            index += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { index += 1 }
            guard digits() > 0 else { throw failure("no digits in the exponent") }
        }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        if isInteger, let value = Int64(text) { return .integer(value) }
        guard let value = Double(text) else { throw failure("no number") }
        return .double(value)
    }

    mutating func digits() -> Int {
        let start = index
        while index < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[index]) { index += 1 }
        return index - start
    }
}
