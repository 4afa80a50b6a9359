/// Random identifiers in the forms that AWS gives them.
package enum HexText {
    package static func random(digits: Int) -> String {
        String((0..<digits).map { _ in "0123456789abcdef".randomElement() ?? "0" })
    }
}

package enum UUIDText {
    /// A version 4 UUID, lower-case.
    package static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        return version4(generator.next(), generator.next())
    }

    /// The UUID of 128 random bits, without the six that tell version and variant.
    static func version4(_ first: UInt64, _ second: UInt64) -> String {
        let high = first & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        let low = second & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        return String(unsafeUninitializedCapacity: 36) { buffer in
            var shift: UInt64 = 64
            for index in 0..<36 {
                if index == 8 || index == 13 || index == 18 || index == 23 {
                    buffer[index] = UInt8(ascii: "-")
                    continue
                }
                shift = shift == 0 ? 60 : shift - 4
                let digit = UInt8(truncatingIfNeeded: (index < 18 ? high : low) >> shift & 15)
                buffer[index] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") - 10 + digit
            }
            return 36
        }
    }
}

/// What follows the four letters of an access key or of an id of IAM.
package enum IdentifierText {
    package static func random(_ count: Int) -> String {
        String((0..<count).map { _ in "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".randomElement() ?? "A" })
    }
}
