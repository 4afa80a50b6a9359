/// A closed interval of the 128-bit hash key space; both ends belong to it, so the last range ends at 2^128 − 1.
package struct HashRange: Hashable, Sendable {
    package let start: UInt128
    package let end: UInt128

    package static let whole = HashRange(start: 0, end: .max)

    package init(start: UInt128, end: UInt128) {
        precondition(start <= end, "a hash range needs its start at or below its end")
        self.start = start
        self.end = end
    }

    package func contains(_ key: UInt128) -> Bool {
        start <= key && key <= end
    }

    /// Whether ranges, in any order, cover the key space without a gap and without overlap.
    package static func isWhole(_ ranges: [HashRange]) -> Bool {
        let ranges = ranges.sorted { $0.start < $1.start }
        guard let first = ranges.first, first.start == 0, ranges.last?.end == .max else { return false }
        return zip(ranges, ranges.dropFirst()).allSatisfy { $0.end < $1.start && $0.end + 1 == $1.start }
    }

    /// The key space cut into `count` ranges of floor(2^128 / count) keys; the last one takes the remainder.
    package static func even(_ count: Int) -> [HashRange] {
        precondition(count > 0, "a stream has at least one shard")
        let width = stride(of: UInt128(count))
        return (0..<UInt128(count)).map { index in
            HashRange(start: width * index, end: index == UInt128(count) - 1 ? .max : width * index + (width - 1))
        }
    }

    /// floor(2^128 / count) without needing 2^128 itself; 2^128 − 1 stands in for the whole when `count` is 1.
    private static func stride(of count: UInt128) -> UInt128 {
        guard count > 1 else { return .max }
        let (quotient, remainder) = UInt128.max.quotientAndRemainder(dividingBy: count)
        return remainder == count - 1 ? quotient + 1 : quotient
    }

    /// The two children of a split at `key`, the first key of the upper one.
    ///
    /// - Returns: nil unless `start + 1 < key < end`, which is the service's own rule.
    package func split(at key: UInt128) -> (lower: HashRange, upper: HashRange)? {
        guard key > start, key - start > 1, key < end else { return nil }
        return (HashRange(start: start, end: key - 1), HashRange(start: key, end: end))
    }

    /// The two halves; nil for a range of a single key.
    package var halves: (lower: HashRange, upper: HashRange)? {
        guard start < end else { return nil }
        let middle = start + (end - start) / 2
        return (HashRange(start: start, end: middle), HashRange(start: middle + 1, end: end))
    }

    /// The union with the range that begins right after this one; nil when `next` does not.
    package func joined(with next: HashRange) -> HashRange? {
        guard end != .max, end + 1 == next.start else { return nil }
        return HashRange(start: start, end: next.end)
    }
}

/// Hash keys as the wire spells them: decimal, no sign, no leading zero.
package enum HashKey {
    /// - Returns: nil for text that is not `0|[1-9][0-9]*` or is 2^128 and above.
    package static func parse(_ text: String) -> UInt128? {
        var value: UInt128 = 0
        var digits = 0
        for byte in text.utf8 {
            guard byte >= 0x30, byte <= 0x39, !(digits == 1 && value == 0) else { return nil }
            digits += 1
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt128(byte - 0x30))
            if overflow || carry { return nil }
            value = sum
        }
        return digits == 0 ? nil : value
    }

    /// A 16-byte MD5 digest read as an unsigned big-endian number.
    package static func digest(_ bytes: some Sequence<UInt8>) -> UInt128 {
        bytes.reduce(0) { $0 << 8 | UInt128($1) }
    }
}
