extension SequenceNumber: CustomStringConvertible {
    /// Reads `0|[1-9][0-9]{0,128}`.
    ///
    /// - Returns: nil for other text, and for a number that is of no known version.
    package init?(_ text: String) {
        var text = text
        let limbs = text.withUTF8 { Self.limbs($0) }
        guard let limbs else { return nil }
        self.init(high: limbs.2, low: UInt128(limbs.1) << 64 | UInt128(limbs.0))
    }

    package var description: String {
        String(unsafeUninitializedCapacity: Self.maxDigits) { write(into: UnsafeMutableRawBufferPointer($0)) }
    }

    /// Bytes that `write(into:)` needs: a well-formed number is below 2^188, which has 57 digits.
    package static let maxDigits = 57

    /// Writes the decimal digits, without a heap allocation.
    ///
    /// - Parameter buffer: at least `maxDigits` bytes.
    /// - Returns: the number of digits.
    package func write(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        precondition(buffer.count >= Self.maxDigits, "a buffer for a sequence number holds all of its digits")
        let chunk: UInt64 = 10_000_000_000_000_000_000
        // Long division by 10^19, twice. `high` is below 2^60 and so is each leading quotient: the first limb of both is zero.
        let upper = chunk.dividingFullWidth((high, UInt64(truncatingIfNeeded: low >> 64)))
        let lower = chunk.dividingFullWidth((upper.remainder, UInt64(truncatingIfNeeded: low)))
        let top = chunk.dividingFullWidth((upper.quotient, lower.quotient))
        // The smallest number there is, 2^124, has 38 digits, so the lower two parts are always whole.
        var count = Self.writeDigits(of: top.quotient, count: Self.digitCount(top.quotient), into: buffer, at: 0)
        count += Self.writeDigits(of: top.remainder, count: 19, into: buffer, at: count)
        return count + Self.writeDigits(of: lower.remainder, count: 19, into: buffer, at: count)
    }

    /// The value of a decimal text as three 64-bit limbs, lowest first; nil when it is not one or needs more.
    private static func limbs(_ text: UnsafeBufferPointer<UInt8>) -> (UInt64, UInt64, UInt64)? {
        guard !text.isEmpty, text.count <= 129, text.count == 1 || text[0] != 0x30 else { return nil }
        var limbs: (UInt64, UInt64, UInt64) = (0, 0, 0)
        var index = 0
        while index < text.count {
            let stop = min(index + 19, text.count)
            var part: UInt64 = 0
            var scale: UInt64 = 1
            while index < stop {
                guard text[index] >= 0x30, text[index] <= 0x39 else { return nil }
                part = part * 10 + UInt64(text[index] - 0x30)
                scale *= 10
                index += 1
            }
            let low = limbs.0.multipliedFullWidth(by: scale)
            let middle = limbs.1.multipliedFullWidth(by: scale)
            let top = limbs.2.multipliedFullWidth(by: scale)
            let (first, carry) = low.low.addingReportingOverflow(part)
            let second = UInt128(middle.low) + UInt128(low.high) + (carry ? 1 : 0)
            let third = UInt128(top.low) + UInt128(middle.high) + (second >> 64)
            guard top.high == 0, third >> 64 == 0 else { return nil }
            limbs = (first, UInt64(truncatingIfNeeded: second), UInt64(truncatingIfNeeded: third))
        }
        return limbs
    }

    private static func digitCount(_ value: UInt64) -> Int {
        var count = 0
        var rest = value
        while rest > 0 {
            rest /= 10
            count += 1
        }
        return count
    }

    private static func writeDigits(of value: UInt64, count: Int, into buffer: UnsafeMutableRawBufferPointer, at start: Int) -> Int {
        var rest = value
        var index = start + count
        while index > start {
            index -= 1
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            buffer[index] = 0x30 + UInt8(truncatingIfNeeded: digit)
            rest = quotient
        }
        return count
    }
}
