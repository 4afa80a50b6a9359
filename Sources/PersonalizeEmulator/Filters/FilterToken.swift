/// A word, value or sign of a filter expression.
struct FilterToken: Equatable {
    enum Kind: Equatable {
        /// Keywords, datasets and fields; which it is depends on where it stands.
        case word(String)
        /// The text between double quotes.
        case text(String)
        case number(String)
        /// `$NAME`, without the sign.
        case placeholder(String)
        /// One of `. , ( ) | * = != < <= > >=`.
        case sign(String)
        case end
    }

    var kind: Kind
    /// The place of its first character, from 1.
    var position: Int

    /// For messages.
    var shown: String {
        switch kind {
        case .word(let word): word
        case .text(let text): "\"\(text)\""
        case .number(let number): number
        case .placeholder(let name): "$\(name)"
        case .sign(let sign): sign
        case .end: "the end"
        }
    }
}

/// Filter expression → tokens, the last of which is the end.
struct FilterLexer {
    private let characters: [Unicode.Scalar]
    private var index = 0

    static func tokens(_ expression: String) throws(FilterFault) -> [FilterToken] {
        var lexer = FilterLexer(characters: Array(expression.unicodeScalars))
        var tokens: [FilterToken] = []
        repeat { tokens.append(try lexer.next(after: tokens.last)) } while tokens.last?.kind != .end
        return tokens
    }

    private init(characters: [Unicode.Scalar]) {
        self.characters = characters
    }

    private var current: Unicode.Scalar? { index < characters.count ? characters[index] : nil }

    private func fault(_ reason: String, at start: Int) -> FilterFault {
        FilterFault(reason, at: start + 1)
    }

    private mutating func next(after previous: FilterToken?) throws(FilterFault) -> FilterToken {
        while let current, current.properties.isWhitespace { index += 1 }
        let start = index
        func token(_ kind: FilterToken.Kind) -> FilterToken { FilterToken(kind: kind, position: start + 1) }
        guard let current else { return token(.end) }
        if current == "\"" { return token(.text(try quoted())) }
        if current == "$" { return token(.placeholder(try placeholder())) }
        // What follows a dot is a field, even one that begins with digits.
        if previous?.kind != .sign("."), let number = number() { return token(.number(number)) }
        if Self.isWord(current) { return token(.word(run(while: Self.isWord))) }
        for sign in ["!=", "<=", ">=", ".", ",", "(", ")", "|", "*", "=", "<", ">"] where characters[index...].starts(with: sign.unicodeScalars) {
            index += sign.unicodeScalars.count
            return token(.sign(sign))
        }
        throw fault("unexpected character '\(current)'", at: start)
    }

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || isDigit(scalar) || ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

    private mutating func run(while belongs: (Unicode.Scalar) -> Bool) -> String {
        var text = String.UnicodeScalarView()
        while let current, belongs(current) {
            text.append(current)
            index += 1
        }
        return String(text)
    }

    /// Text up to the closing quote; a backslash takes the next character as it is.
    private mutating func quoted() throws(FilterFault) -> String {
        let start = index
        index += 1
        var text = String.UnicodeScalarView()
        while let scalar = current {
            index += 1
            if scalar == "\"" { return String(text) }
            guard scalar == "\\" else {
                text.append(scalar)
                continue
            }
            guard let escaped = current else { break }
            text.append(escaped)
            index += 1
        }
        throw fault("a text without its closing quote", at: start)
    }

    /// Longer names could never be given a value, for the request's limit is 50 characters.
    private mutating func placeholder() throws(FilterFault) -> String {
        let start = index
        index += 1
        let name = run(while: Self.isWord)
        guard (1...50).contains(name.utf8.count) else { throw fault("a parameter name must have 1 to 50 characters", at: start) }
        return name
    }

    /// Digits with an optional sign, fraction and exponent, when no letter follows; else nothing is consumed.
    private mutating func number() -> String? {
        let start = index
        var text = ""
        if current == "-" || current == "+" { text.unicodeScalars.append(take()) }
        let whole = run(while: Self.isDigit)
        text += whole
        if !whole.isEmpty, current == ".", index + 1 < characters.count, Self.isDigit(characters[index + 1]) {
            text.unicodeScalars.append(take())
            text += run(while: Self.isDigit)
        }
        let mantissa = index
        if !whole.isEmpty, current == "e" || current == "E" {
            var exponent = String(take())
            if current == "-" || current == "+" { exponent.unicodeScalars.append(take()) }
            let digits = run(while: Self.isDigit)
            if digits.isEmpty { index = mantissa } else { text += exponent + digits }
        }
        guard !whole.isEmpty, !(current.map(Self.isWord) ?? false) else {
            index = start
            return nil
        }
        return text
    }

    private mutating func take() -> Unicode.Scalar {
        defer { index += 1 }
        return characters[index]
    }
}
