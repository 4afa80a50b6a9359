/// Numbers with a fraction as Java's `Double.toString` prints them.
package enum JavaNumber {
    /// Digits with a point from 10⁻³ up to 10⁷, an exponent beyond; always at least one digit behind the point: `130.0`, `3.773E-4`, `1.0E7`.
    package static func text(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity" }
        guard value != 0 else { return value.sign == .minus ? "-0.0" : "0.0" }
        // Both print the fewest digits that are read back as the same number.
        let (digits, exponent) = decimal(value.magnitude)
        let text: String
        if value.magnitude >= 1e-3 && value.magnitude < 1e7 {
            text = exponent < 0 ? "0." + String(repeating: "0", count: -exponent - 1) + digits : pointed(digits, after: exponent + 1)
        } else {
            text = pointed(digits, after: 1) + "E\(exponent)"
        }
        return value < 0 ? "-" + text : text
    }

    /// The digits without zeros at either end, and the power of ten of the first.
    private static func decimal(_ value: Double) -> (digits: String, exponent: Int) {
        let parts = value.description.split(separator: "e")
        let (whole, fraction) =
            parts[0].split(separator: ".").count == 2
            ? (parts[0].prefix { $0 != "." }, parts[0].drop { $0 != "." }.dropFirst()) : (parts[0], "")
        let all = whole + fraction
        let leading = all.prefix { $0 == "0" }.count
        var digits = String(all.dropFirst(leading))
        while digits.count > 1, digits.last == "0" { digits.removeLast() }
        let power = parts.count == 2 ? Int(parts[1]) ?? 0 : 0
        return (digits, power + whole.count - 1 - leading)
    }

    private static func pointed(_ digits: String, after count: Int) -> String {
        guard digits.count > count else { return digits + String(repeating: "0", count: count - digits.count) + ".0" }
        return digits.prefix(count) + "." + digits.dropFirst(count)
    }
}
