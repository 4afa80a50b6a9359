package import Wire

/// A filter pattern of terms: `ERROR`, `"two words"`, `?A ?B`, `-x`, or one for JSON events. A term is found anywhere in a text, as it is written.
package struct FilterPattern: Sendable {
    private var required: [TextSearch<UInt8>] = []
    private var optional: [TextSearch<UInt8>] = []
    private var excluded: [TextSearch<UInt8>] = []
    private var json: JSONPattern?

    /// - Throws: InvalidParameterException for what is no pattern, and by name for patterns of other kinds.
    package init(_ text: String) throws(ServiceError) {
        var rest = Array(text.utf8)[...]
        Self.skipBlanks(&rest)
        if rest.first == UInt8(ascii: "{") {
            json = try JSONPattern(rest)
            return
        }
        if rest.first == UInt8(ascii: "[") { throw .notHere("A filter pattern for space-delimited events ([ … ])") }
        if rest.first == UInt8(ascii: "%") { throw .notHere("A filter pattern with a regular expression (%…%)") }
        var known: Set<[UInt8]> = []
        while let first = rest.first {
            let isOptional = first == UInt8(ascii: "?")
            let isExcluded = first == UInt8(ascii: "-")
            if isOptional || isExcluded { rest = rest.dropFirst() }
            let term = try Self.term(&rest)
            // A term that is there twice says nothing more.
            if known.insert([first == UInt8(ascii: "?") ? 1 : isExcluded ? 2 : 0] + term).inserted {
                if isOptional {
                    optional.append(TextSearch(term))
                } else if isExcluded {
                    excluded.append(TextSearch(term))
                } else {
                    required.append(TextSearch(term))
                }
            }
            Self.skipBlanks(&rest)
        }
        // As AWS documents it: beside other terms those with a question mark do not count.
        if !required.isEmpty || !excluded.isEmpty { optional = [] }
    }

    /// How often the bytes of a message may be gone through.
    package var passes: Int { json.map { 1 + $0.tests } ?? max(1, required.count + optional.count + excluded.count) }

    package func matches(_ message: String) -> Bool {
        if let json { return json.matches(Array(message.utf8)) }
        if required.isEmpty, optional.isEmpty, excluded.isEmpty { return true }
        let bytes = Array(message.utf8)
        guard required.allSatisfy({ $0.first(in: bytes) != nil }), !excluded.contains(where: { $0.first(in: bytes) != nil }) else { return false }
        return optional.isEmpty || optional.contains { $0.first(in: bytes) != nil }
    }

    private static func term(_ rest: inout ArraySlice<UInt8>) throws(ServiceError) -> [UInt8] {
        guard rest.first == UInt8(ascii: "\"") else {
            let word = rest.prefix { isWord($0) }
            rest = rest.dropFirst(word.count)
            // Whatever else is in a term has to stand in quotes.
            guard !word.isEmpty, rest.first.map(isBlank) ?? true else { throw .invalidParameter("Invalid filter pattern") }
            return Array(word)
        }
        rest = rest.dropFirst()
        var term: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""):
                guard !term.isEmpty, rest.first.map(isBlank) ?? true else { throw .invalidParameter("Invalid filter pattern") }
                return term
            case UInt8(ascii: "\\"):
                guard let escaped = rest.popFirst() else { throw .invalidParameter("Invalid filter pattern") }
                // Only a quote and a backslash are escaped.
                if escaped != UInt8(ascii: "\""), escaped != UInt8(ascii: "\\") { term.append(byte) }
                term.append(escaped)
            default: term.append(byte)
            }
        }
        throw .invalidParameter("Invalid filter pattern")
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    private static func skipBlanks(_ rest: inout ArraySlice<UInt8>) { rest = rest.drop(while: isBlank) }

    /// Letters, also those beyond ASCII, digits and the underscore.
    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"), 0x80...: true
        default: byte == UInt8(ascii: "_")
        }
    }
}
