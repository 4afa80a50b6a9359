import Wire

/// Texts of others, made fit for a terminal: what would move its cursor, change its title or turn the order of letters is shown as an escape.
enum Printable {
    /// - Parameter keepsLines: whether ends of lines and tabs stay.
    static func text(_ text: String, keepsLines: Bool = true) -> String {
        guard text.unicodeScalars.contains(where: { isHarmful($0, keepsLines) }) else { return text }
        var shown = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if isHarmful(scalar, keepsLines) { shown.append(contentsOf: escape(scalar).unicodeScalars) } else { shown.append(scalar) }
        }
        return String(shown)
    }

    /// The same for JSON, whose strings alone can have such characters: what it says stays the same.
    static func json(_ text: String) -> String { self.text(text, keepsLines: false) }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        "\\u" + scalar.value.padded(to: 4, radix: 16)
    }

    private static func isHarmful(_ scalar: Unicode.Scalar, _ keepsLines: Bool) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A: !keepsLines
        case 0..<0x20, 0x7F...0x9F: true
        // Marks and overrides of direction, ends of lines and paragraphs.
        case 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}

extension Int {
    /// The whole number next to a value that may be any: 0 for none, the greatest for what is beyond it.
    init(near value: Double) {
        self = value.isNaN ? 0 : Int(exactly: value.rounded()) ?? (value < 0 ? .min : .max)
    }
}
