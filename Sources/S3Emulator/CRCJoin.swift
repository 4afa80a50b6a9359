import Wire

/// The CRC of two byte sequences joined, from the CRC of each, without the bytes: appending n zero bits multiplies by x^n modulo the polynomial.
struct CRCJoin {
    /// Reflected: its top bit stands for 1.
    private let polynomial: UInt64
    private let one: UInt64

    /// Nil for what is no CRC.
    init?(_ algorithm: ChecksumAlgorithm) {
        switch algorithm {
        case .crc32: self.init(polynomial: 0xEDB8_8320, width: 32)
        case .crc32C: self.init(polynomial: 0x82F6_3B78, width: 32)
        case .crc64NVME: self.init(polynomial: 0x9A6C_9329_AC4B_C9B5, width: 64)
        case .sha1, .sha256, .sha512, .md5: return nil
        }
    }

    private init(polynomial: UInt64, width: UInt64) {
        self.polynomial = polynomial
        one = 1 << (width - 1)
    }

    /// - Parameter length: of what `second` is the CRC of, in bytes.
    func joined(_ first: UInt64, _ second: UInt64, length: Int) -> UInt64 {
        var shift = one
        var power = one >> 8
        var count = length
        while count > 0 {
            if count & 1 == 1 { shift = product(shift, power) }
            power = product(power, power)
            count >>= 1
        }
        return product(shift, first) ^ second
    }

    private func product(_ left: UInt64, _ right: UInt64) -> UInt64 {
        var result: UInt64 = 0
        var right = right
        var bit = one
        while bit > 0 {
            if left & bit != 0 { result ^= right }
            right = right & 1 == 1 ? right >> 1 ^ polynomial : right >> 1
            bit >>= 1
        }
        return result
    }
}
