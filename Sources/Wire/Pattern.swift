import Synchronization

/// A pattern of an API model, matched as Java's `matches` does: the whole text or nothing.
package final class Pattern: Sendable {
    /// As the model prints it, for messages.
    package let text: String
    private let matcher: @Sendable (String) -> Bool

    package init(_ text: String) {
        self.text = text
        matcher = Self.hotMatchers[text] ?? Self.lookingMatchers[text] ?? { Self.matchesRegex(text, $0) }
    }

    package func matches(_ value: String) -> Bool {
        matcher(value)
    }

    /// The few patterns that every request on the data plane meets, as loops over bytes. A test compares each with the
    /// regular expression that it stands for.
    package static let hotMatchers: [String: @Sendable (String) -> Bool] = [
        "[a-zA-Z0-9_.-]+": { !$0.isEmpty && $0.utf8.allSatisfy { isNameByte($0) || $0 == UInt8(ascii: ".") } },
        "^[a-zA-Z0-9][a-zA-Z0-9\\-_]*": { ($0.utf8.first.map { isAlphanumeric($0) } ?? false) && $0.utf8.allSatisfy { isNameByte($0) } },
        "0|([1-9]\\d{0,38})": { isDecimal($0, digits: 39) },
        "^(0|([1-9]\\d{0,38}))$": { isDecimal($0, digits: 39) },
        "0|([1-9]\\d{0,128})": { isDecimal($0, digits: 129) },
        "^(0|([1-9]\\d{0,128}))$": { isDecimal($0, digits: 129) },
        "arn:([a-z\\d-]+):personalize:.*:.*:.+": matchesPersonalizeARN,
        "[A-Za-z0-9_]+": { !$0.isEmpty && $0.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "_") } },
        "[A-Za-z\\d_]+": { !$0.isEmpty && $0.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "_") } },
    ]

    /// Patterns of models that look around, which Swift's expressions do not read: of an alias of Lambda, and of a bucket that holds code.
    package static let lookingMatchers: [String: @Sendable (String) -> Bool] = [
        "(?!^[0-9]+$)([a-zA-Z0-9-_]+)": { text in
            !text.isEmpty && text.utf8.allSatisfy { isNameByte($0) }
                && !text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        },
        "[0-9A-Za-z\\.\\-_]*(?<!\\.)": { text in
            text.utf8.allSatisfy { isNameByte($0) || $0 == UInt8(ascii: ".") } && text.utf8.last != UInt8(ascii: ".")
        },
    ]

    /// Whether a pattern can be matched at all.
    package static func isReadable(_ text: String) -> Bool {
        hotMatchers[text] != nil || lookingMatchers[text] != nil || (try? Regex(text)) != nil
    }

    /// One compiled expression a pattern, made when it is first met. `Regex` is no `Sendable`, so it stays behind the lock.
    private static let compiled = Mutex<[String: Regex<AnyRegexOutput>]>([:])

    /// The expression itself, slow but general: what the loops above must agree with.
    package static func matchesRegex(_ pattern: String, _ value: String) -> Bool {
        compiled.withLock { cache in
            if let regex = cache[pattern] { return value.wholeMatch(of: regex) != nil }
            guard let made = try? Regex(pattern) else { preconditionFailure("the model's pattern \(pattern) does not compile") }
            // As Java has them: \b is between a word character and another (by Unicode's rules a colon inside letters is none), and \d, \w and \s
            // are of ASCII.
            let regex = made.matchingSemantics(.unicodeScalar).wordBoundaryKind(.simple)
                .asciiOnlyDigits().asciiOnlyWordCharacters().asciiOnlyWhitespace()
            cache[pattern] = regex
            return value.wholeMatch(of: regex) != nil
        }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
    }

    private static func isDecimal(_ value: String, digits: Int) -> Bool {
        let bytes = value.utf8
        guard let first = bytes.first, bytes.count <= digits else { return false }
        if first == UInt8(ascii: "0") { return bytes.count == 1 }
        return bytes.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    /// `arn:`, a partition, `:personalize:`, then anything on one line with two more colons and something after them.
    private static func matchesPersonalizeARN(_ value: String) -> Bool {
        let parts = value.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn", parts[2] == "personalize", !parts[5].isEmpty, !parts[1].isEmpty else { return false }
        let isPartition = parts[1].utf8.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
        }
        return isPartition && !value.unicodeScalars.contains { isLineEnd($0) }
    }

    /// What `.` does not match.
    private static func isLineEnd(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0A...0x0D, 0x85, 0x2028, 0x2029: true
        default: false
        }
    }
}
