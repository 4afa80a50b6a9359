extension BinaryInteger {
    /// The digits with zeros before them, at least `width` characters: names that are ordered as their numbers are, and what has a fixed form.
    package func padded(to width: Int, radix: Int = 10, uppercase: Bool = false) -> String {
        let digits = String(self, radix: radix, uppercase: uppercase)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
