/// Why bytes are no XML that this side reads.
package struct XMLFault: Error, Sendable, Equatable {
    package var reason: String
    /// In bytes from the start.
    package var offset: Int

    init(_ reason: String, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }
}

/// Pulls tokens off a small XML document in UTF-8. Strict: elements nest, there is one root, and there are no document types,
/// processing instructions or entities beyond XML's own five, so nothing expands and nothing is fetched.
package struct XMLReader: Sendable {
    package enum Token: Sendable, Equatable {
        /// The name is without its namespace prefix; attributes are read over.
        case begin(String)
        /// Decoded; one run of text may come as several tokens.
        case text(String)
        case end
    }

    package static let maximumDepth = 32

    private let bytes: [UInt8]
    private let maximumDepth: Int
    package private(set) var offset = 0
    private var open: [ArraySlice<UInt8>] = []
    private var hasRoot = false
    /// `<a/>` begins and ends at once; its end comes with the next pull.
    private var owesEnd = false

    package init(_ bytes: [UInt8], maximumDepth: Int = XMLReader.maximumDepth) {
        self.bytes = bytes
        self.maximumDepth = maximumDepth
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { offset = 3 }
    }

    /// Nil when the document has ended well.
    package mutating func next() throws(XMLFault) -> Token? {
        if owesEnd {
            owesEnd = false
            open.removeLast()
            return .end
        }
        while offset < bytes.count {
            if bytes[offset] == UInt8(ascii: "<") {
                if let token = try readMarkup() { return token }
            } else if open.isEmpty {
                guard isBlank(bytes[offset]) else { throw fault("text outside the root element") }
                offset += 1
            } else {
                return try readText()
            }
        }
        guard open.isEmpty else { throw fault("the document ends inside an element") }
        return nil
    }

    /// Throws unless only blanks and comments are left.
    package mutating func expectEnd() throws(XMLFault) {
        guard try next() == nil else { throw fault("text after the root element") }
    }

    private func fault(_ reason: String) -> XMLFault { XMLFault(reason, at: offset) }

    private func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") || byte == UInt8(ascii: "\t")
    }

    private func stands(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard bytes.count - offset >= count else { return false }
        return text.withUTF8Buffer { $0.elementsEqual(bytes[offset..<offset + count]) }
    }

    /// Where `text` stands next, at or after the offset.
    private func find(_ text: StaticString) -> Int? {
        let count = text.utf8CodeUnitCount
        return text.withUTF8Buffer { text in
            var index = offset
            while index + count <= bytes.count {
                if text.elementsEqual(bytes[index..<index + count]) { return index }
                index += 1
            }
            return nil
        }
    }

    private mutating func readMarkup() throws(XMLFault) -> Token? {
        if stands("<!--") {
            offset += 4
            guard let end = find("-->") else { throw fault("a comment without an end") }
            offset = end + 3
            return nil
        }
        if stands("<![CDATA[") {
            guard !open.isEmpty else { throw fault("text outside the root element") }
            offset += 9
            guard let end = find("]]>") else { throw fault("a CDATA section without an end") }
            let text = try string(bytes[offset..<end])
            offset = end + 3
            return .text(text)
        }
        if stands("<?xml ") {
            guard !hasRoot, let end = find("?>") else { throw fault("a declaration that is out of place") }
            offset = end + 2
            return nil
        }
        if stands("<!") || stands("<?") { throw fault("document types and processing instructions are not read") }
        return stands("</") ? try readEnd() : try readBegin()
    }

    private mutating func readEnd() throws(XMLFault) -> Token {
        offset += 2
        let name = try readName()
        skipBlanks()
        guard offset < bytes.count, bytes[offset] == UInt8(ascii: ">") else { throw fault("an end tag without its bracket") }
        offset += 1
        guard open.popLast() == name else { throw fault("an end tag for another element") }
        return .end
    }

    private mutating func readBegin() throws(XMLFault) -> Token {
        guard !(hasRoot && open.isEmpty) else { throw fault("a second root element") }
        hasRoot = true
        offset += 1
        let name = try readName()
        guard open.count < maximumDepth else { throw fault("elements nest deeper than \(maximumDepth)") }
        open.append(name)
        var attributes: [ArraySlice<UInt8>] = []
        while true {
            let hadBlank = skipBlanks()
            guard offset < bytes.count else { throw fault("a tag without an end") }
            if bytes[offset] == UInt8(ascii: ">") {
                offset += 1
                break
            }
            if stands("/>") {
                offset += 2
                owesEnd = true
                break
            }
            guard hadBlank else { throw fault("an attribute without a blank before it") }
            let attribute = try readName()
            guard !attributes.contains(attribute), attributes.count < 32 else { throw fault("an attribute that is said twice") }
            attributes.append(attribute)
            try skipAttributeValue()
        }
        let local = name.lastIndex(of: UInt8(ascii: ":")).map { name[($0 + 1)...] } ?? name
        guard let first = local.first, isName(first, first: true) else { throw fault("a prefix without a name") }
        return .begin(try string(local))
    }

    private mutating func skipAttributeValue() throws(XMLFault) {
        skipBlanks()
        guard offset < bytes.count, bytes[offset] == UInt8(ascii: "=") else { throw fault("an attribute without a value") }
        offset += 1
        skipBlanks()
        guard offset < bytes.count, bytes[offset] == UInt8(ascii: "\"") || bytes[offset] == UInt8(ascii: "'") else {
            throw fault("an attribute without quotation marks")
        }
        let quote = bytes[offset]
        offset += 1
        guard let end = bytes[offset...].firstIndex(of: quote), !bytes[offset..<end].contains(UInt8(ascii: "<")) else {
            throw fault("an attribute without an end")
        }
        offset = end + 1
    }

    @discardableResult
    private mutating func skipBlanks() -> Bool {
        let start = offset
        while offset < bytes.count, isBlank(bytes[offset]) { offset += 1 }
        return offset > start
    }

    private mutating func readName() throws(XMLFault) -> ArraySlice<UInt8> {
        let start = offset
        while offset < bytes.count, isName(bytes[offset], first: offset == start) { offset += 1 }
        guard offset > start else { throw fault("a name is missing") }
        return bytes[start..<offset]
    }

    private func isName(_ byte: UInt8, first: Bool) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"), UInt8(ascii: ":"), 128...:
            true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."):
            !first
        default:
            false
        }
    }

    /// One reference, or the run of characters up to the next `<` or `&`.
    private mutating func readText() throws(XMLFault) -> Token {
        if bytes[offset] == UInt8(ascii: "&") { return .text(try readReference()) }
        let end = bytes[offset...].firstIndex { $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: "&") } ?? bytes.count
        let text = try string(bytes[offset..<end])
        offset = end
        return .text(text)
    }

    private mutating func readReference() throws(XMLFault) -> String {
        guard let end = bytes[offset...].prefix(12).firstIndex(of: UInt8(ascii: ";")) else { throw fault("a reference without an end") }
        let name = try string(bytes[offset + 1..<end])
        let text: String
        switch name {
        case "amp": text = "&"
        case "lt": text = "<"
        case "gt": text = ">"
        case "quot": text = "\""
        case "apos": text = "'"
        default:
            guard let scalar = Self.scalar(name) else { throw fault("an entity that is not known") }
            text = String(Character(scalar))
        }
        offset = end + 1
        return text
    }

    /// The character of `#38` or `#x26`.
    private static func scalar(_ name: String) -> Unicode.Scalar? {
        guard name.hasPrefix("#") else { return nil }
        let isHexadecimal = name.hasPrefix("#x")
        let digits = name.dropFirst(isHexadecimal ? 2 : 1)
        guard digits.utf8.allSatisfy({ Hex.value(of: $0) != nil }), let code = UInt32(digits, radix: isHexadecimal ? 16 : 10), code > 0 else {
            return nil
        }
        return Unicode.Scalar(code)
    }

    private func string(_ bytes: ArraySlice<UInt8>) throws(XMLFault) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw fault("bytes that are no UTF-8") }
        guard !text.utf8.contains(where: { $0 < 32 && !isBlank($0) }) else { throw fault("a control character") }
        return text
    }
}
