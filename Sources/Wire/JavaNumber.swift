/// Numbers with a fraction as Java's `Double.toString` prints them.
package enum JavaNumber {
    /// Digits with a point from 10⁻³ up to 10⁷, an exponent beyond; always at least one digit behind the point: `130.0`, `3.773E-4`, `1.0E7`.
    package static func text(_ value: Double) -> String {
        var output: [UInt8] = []
        write(value, to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    /// Appends what `text` says. Answers have dozens of scores, so it is done without texts in between.
    static func write(_ value: Double, to output: inout [UInt8]) {
        guard !value.isNaN else { return output.append(contentsOf: "NaN".utf8) }
        if value.sign == .minus { output.append(UInt8(ascii: "-")) }
        guard value.isFinite else { return output.append(contentsOf: "Infinity".utf8) }
        guard value != 0 else { return output.append(contentsOf: "0.0".utf8) }
        let magnitude = value.magnitude
        withDecimal(of: magnitude) { digits, exponent in
            switch magnitude {
            case 1e-3..<1:
                output.append(contentsOf: "0.".utf8)
                output.append(contentsOf: repeatElement(zero, count: -exponent - 1))
                output.append(contentsOf: digits)
            case 1..<1e7:
                point(digits, after: exponent + 1, to: &output)
            default:
                point(digits, after: 1, to: &output)
                output.append(UInt8(ascii: "E"))
                output.append(contentsOf: exponent.description.utf8)
            }
        }
    }

    private static let zero = UInt8(ascii: "0")

    /// - Parameters:
    ///   - value: positive and finite.
    ///   - body: gets the digits without zeros at either end, and the power of ten of the first.
    private static func withDecimal(of value: Double, _ body: (_ digits: UnsafeBufferPointer<UInt8>, _ exponent: Int) -> Void) {
        // Swift too prints the fewest digits that are read back as the same number.
        var text = value.description
        text.withUTF8 { text in
            let end = text.firstIndex(of: UInt8(ascii: "e")) ?? text.endIndex
            let power = Int(String(decoding: text[end...].dropFirst(), as: UTF8.self)) ?? 0
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: text.count) { digits in
                var count = 0
                // How many digits stand before the point; below zero the zeros behind it.
                var whole = 0
                var isFraction = false
                for byte in text[..<end] {
                    guard byte != UInt8(ascii: ".") else {
                        isFraction = true
                        continue
                    }
                    let isLeadingZero = count == 0 && byte == zero
                    if isFraction { whole -= isLeadingZero ? 1 : 0 } else { whole += isLeadingZero ? 0 : 1 }
                    guard !isLeadingZero else { continue }
                    digits[count] = byte
                    count += 1
                }
                while count > 1, digits[count - 1] == zero { count -= 1 }
                body(UnsafeBufferPointer(rebasing: digits[..<count]), power + whole - 1)
            }
        }
    }

    private static func point(_ digits: UnsafeBufferPointer<UInt8>, after count: Int, to output: inout [UInt8]) {
        output.append(contentsOf: digits.prefix(count))
        output.append(contentsOf: repeatElement(zero, count: max(count - digits.count, 0)))
        output.append(UInt8(ascii: "."))
        if digits.count > count { output.append(contentsOf: digits.dropFirst(count)) } else { output.append(zero) }
    }
}
