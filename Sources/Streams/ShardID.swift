/// Shard identifiers: `shardId-` and the index in twelve digits.
package enum ShardID {
    /// A negative index, which a foreign sequence number can encode, prints with its sign inside the twelve characters.
    package static func text(_ index: Int32) -> String {
        let digits = String(index.magnitude)
        let sign = index < 0 ? "-" : ""
        return "shardId-" + sign + String(repeating: "0", count: 12 - sign.count - digits.count) + digits
    }

    /// The index that a caller's text stands for: what is between the first and the second hyphen, or all of it without one.
    ///
    /// - Returns: nil unless that is all digits and at most 2^31 − 1.
    package static func index(of text: String) -> Int32? {
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), maxSplits: 2, omittingEmptySubsequences: false)
        let digits = parts.count > 1 ? parts[1] : parts[0]
        guard !digits.isEmpty, digits.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
        var value: Int64 = 0
        for digit in digits {
            value = value * 10 + Int64(digit - 0x30)
            if value > Int64(Int32.max) { return nil }
        }
        return Int32(value)
    }
}
