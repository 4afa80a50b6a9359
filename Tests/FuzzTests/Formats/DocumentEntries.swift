import Wire

enum DocumentEntries {
    /// What is read and written is read again as the same; what the fast path takes the slow one takes too.
    static func json(_ bytes: [UInt8]) throws {
        let document = try? JSON.parse(bytes)
        let isPlain = PlainJSON.read(bytes) { reader in readPlain(&reader, depth: 0) ? true : nil } ?? false
        if isPlain { try law(document != nil, "PlainJSON takes what JSON does not") }
        guard let document else { return }
        let text = JSON.write(document)
        guard let again = try? JSON.parse(text) else { throw BrokenLaw("JSON does not read what it wrote") }
        try law(JSON.write(again) == text, "JSON reads what it wrote as something else")
    }

    private static func readPlain(_ reader: inout PlainJSON, depth: Int) -> Bool {
        guard depth < 8 else { return false }
        let before = reader
        if reader.object({ reader, name in
            _ = reader.isText(at: name, "StreamName")
            return readPlain(&reader, depth: depth + 1)
        }) {
            return true
        }
        reader = before
        if reader.list({ readPlain(&$0, depth: depth + 1) }) { return true }
        reader = before
        if reader.number() != nil { return true }
        reader = before
        return reader.string() != nil
    }

    /// As for JSON; the bytes are compared, for a NaN is not equal to itself.
    static func cbor(_ bytes: [UInt8]) throws {
        guard let document = try? CBOR.parse(bytes) else { return }
        let written = CBOR.write(document)
        guard let again = try? CBOR.parse(written) else { throw BrokenLaw("CBOR does not read what it wrote") }
        try law(CBOR.write(again) == written, "CBOR reads what it wrote as something else")
        // Answers to CBOR may be asked for in JSON.
        _ = JSON.write(document)
    }

    /// What is read and written again is read as the same names and texts.
    static func xml(_ bytes: [UInt8]) throws {
        guard let tokens = tokens(bytes) else { return }
        var writer = XMLWriter()
        for token in tokens {
            switch token {
            case .begin(let name): writer.begin(name)
            case .text(let text): writer.text(text)
            case .end: writer.end()
            }
        }
        guard let again = Self.tokens(writer.bytes) else { throw BrokenLaw("XML does not read what it wrote") }
        try law(again == tokens, "XML reads what it wrote as something else")
    }

    /// The document's tokens with runs of text joined; nil when it is refused.
    private static func tokens(_ bytes: [UInt8]) -> [XMLReader.Token]? {
        var reader = XMLReader(bytes)
        var tokens: [XMLReader.Token] = []
        do throws(XMLFault) {
            while let token = try reader.next() {
                if case .text(let more) = token, case .text(let text)? = tokens.last {
                    tokens[tokens.count - 1] = .text(text + more)
                } else {
                    tokens.append(token)
                }
            }
        } catch {
            return nil
        }
        // A run of no text is none.
        return tokens.filter { $0 != .text("") }
    }
}
