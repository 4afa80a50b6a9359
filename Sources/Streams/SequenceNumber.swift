/// The name of a record, and of both ends of a shard: a decimal number of 56 digits with fields inside.
///
/// Version 2, as hexadecimal, is `2 | shard second (9) | index & 15 (1) | counter (16) | 00 | record second (9) | index (8) | 2`.
/// Versions 0 and 1 are only read: clients may still hold such numbers.
package struct SequenceNumber: Hashable, Sendable, Comparable {
    /// Bits 128 and up.
    let high: UInt64
    let low: UInt128

    /// Seconds from here on are refused inside a number.
    private static let firstRefusedSecond: Int64 = 16_025_175_000
    /// The counter of the number that closes a shard, above every record's.
    package static let lastCounter: UInt64 = 0x7fff_ffff_ffff_ffff

    /// A version 2 number.
    ///
    /// - Parameters:
    ///   - shardCreated: the epoch second the shard was created in.
    ///   - counter: below 2^63.
    ///   - second: the epoch second of the record.
    package init(shardCreated: Int64, shardIndex: Int32, counter: UInt64, second: Int64) {
        let created = UInt64(truncatingIfNeeded: shardCreated) & 0xf_ffff_ffff
        let time = UInt128(UInt64(truncatingIfNeeded: second) & 0xf_ffff_ffff)
        let index = UInt32(bitPattern: shardIndex)
        high = 2 << 56 | created << 20 | UInt64(index & 15) << 16 | counter >> 48
        low = UInt128(counter) << 80 | time << 36 | UInt128(index) << 4 | 2
    }

    /// Takes a number apart, whatever its version.
    ///
    /// - Returns: nil when no version has such a number, or when a field is out of its range.
    init?(high: UInt64, low: UInt128) {
        if high == 0, low < 1 << 124 {
            self.high = 0
            self.low = low + 1 << 124
        } else {
            self.high = high
            self.low = low
        }
        guard isWellFormed else { return nil }
    }

    /// 0, 1 or 2.
    package var version: UInt8 {
        high < 2 ? 0 : UInt8(truncatingIfNeeded: low & 15)
    }

    /// The epoch second the shard was created in.
    package var shardCreated: Int64 {
        version == 0 ? Int64(leading(9, after: 1)) : Int64(high >> 20 & 0xf_ffff_ffff)
    }

    /// The shard's index; negative when the top bit is set, which only a made-up number has.
    package var shardIndex: Int32 {
        if version == 0 { return Int32(leading(4, after: 28)) }
        return Int32(bitPattern: UInt32(truncatingIfNeeded: low >> 4))
    }

    /// The position of the record in its shard; 0 in version 0, which has a random part instead.
    package var counter: UInt64 {
        switch version {
        case 2: high << 48 | UInt64(truncatingIfNeeded: low >> 80)
        case 1: UInt64(truncatingIfNeeded: low >> 36 & 0xff)
        default: 0
        }
    }

    /// The epoch second of the record; version 0 knows only the shard's.
    package var second: Int64 {
        switch version {
        case 2: Int64(low >> 36 & 0xf_ffff_ffff)
        case 1: Int64((high << 28 | UInt64(truncatingIfNeeded: low >> 100)) & 0xf_ffff_ffff)
        default: shardCreated
        }
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }

    private var isWellFormed: Bool {
        switch version {
        case 0 where high < 2:
            return shardCreated < Self.firstRefusedSecond
        case 1, 2:
            guard high >> 56 == 2 else { return false }
            guard shardCreated < Self.firstRefusedSecond, second < Self.firstRefusedSecond else { return false }
            return version == 1 || counter <= Self.lastCounter
        default:
            return false
        }
    }

    /// `count` hexadecimal digits of a version 0 number, counted from its first one; it has 32 of them, or 33.
    private func leading(_ count: Int, after skipped: Int) -> UInt64 {
        let digits = high == 0 ? 32 : 33
        let shift = 4 * (digits - skipped - count)
        let shifted = high == 0 ? low >> shift : low >> shift | UInt128(high) << (128 - shift)
        return UInt64(truncatingIfNeeded: shifted & (1 << (4 * count) - 1))
    }
}
