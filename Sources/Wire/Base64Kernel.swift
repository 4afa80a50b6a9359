/// The two loops that carry every record: whole groups of three bytes and four characters, by table.
enum Base64Kernel {
    /// Four tables of 256 words, one for each position in a group: where the six bits of a character go among the group's three bytes,
    /// lowest byte first. Characters outside the alphabet have the top byte set.
    private static let decoding: [UInt32] = {
        var words = [UInt32](repeating: 0xFF00_0000, count: 4 * 256)
        for (number, character) in Base64.alphabet.enumerated() {
            let value = UInt32(number)
            let index = Int(character)
            words[index] = value << 2
            words[256 + index] = value >> 4 | (value & 15) << 12
            words[512 + index] = (value >> 2) << 8 | (value & 3) << 22
            words[768 + index] = value << 16
        }
        return words
    }()

    /// Both characters of each twelve bits, the first in the low byte.
    private static let encoding: [UInt16] = (0..<4096).map { value in
        UInt16(Base64.alphabet[value >> 6]) | UInt16(Base64.alphabet[value & 63]) << 8
    }

    /// Decodes groups until one holds a character outside the alphabet, or fewer than four characters are left.
    ///
    /// - Parameter buffer: a byte more than three for each group, for groups are stored as words.
    /// - Returns: how many groups were decoded.
    static func decode(_ text: UnsafeRawBufferPointer, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let groups = text.count / 4
        guard groups > 0, let from = text.baseAddress, let to = buffer.baseAddress else { return 0 }
        precondition(buffer.count > groups * 3, "decoding needs a byte more than it gives")
        return decoding.withUnsafeBufferPointer { tables in
            // Proof: group g reads 4 bytes at 4g and writes 4 at 3g, below the counts just checked; a byte plus its table's start is below 1024.
            var group = 0
            while group < groups {
                let word = from.loadUnaligned(fromByteOffset: group &* 4, as: UInt32.self).littleEndian
                let bytes =
                    tables[Int(word & 0xFF)] | tables[256 &+ Int(word >> 8 & 0xFF)]
                    | tables[512 &+ Int(word >> 16 & 0xFF)] | tables[768 &+ Int(word >> 24)]
                if bytes >> 24 != 0 { break }
                to.storeBytes(of: bytes.littleEndian, toByteOffset: group &* 3, as: UInt32.self)
                group &+= 1
            }
            return group
        }
    }

    /// Encodes all of `bytes`, the last group padded.
    ///
    /// - Parameter buffer: four characters for each group begun.
    static func encode(_ bytes: UnsafeRawBufferPointer, into buffer: UnsafeMutableRawBufferPointer) {
        let groups = bytes.count / 3
        precondition(buffer.count >= (bytes.count + 2) / 3 * 4, "encoding needs four characters for every group")
        guard let from = bytes.baseAddress, let to = buffer.baseAddress else { return }
        encoding.withUnsafeBufferPointer { pairs in
            // Proof: group g reads 3 bytes at 3g and writes 4 at 4g, below the counts just checked; twelve bits are below 4096.
            var group = 0
            while group < groups {
                let start = group &* 3
                let word =
                    UInt32(from.load(fromByteOffset: start, as: UInt8.self)) << 16
                    | UInt32(from.load(fromByteOffset: start &+ 1, as: UInt8.self)) << 8
                    | UInt32(from.load(fromByteOffset: start &+ 2, as: UInt8.self))
                let text = UInt32(pairs[Int(word >> 12)]) | UInt32(pairs[Int(word & 0xFFF)]) << 16
                to.storeBytes(of: text.littleEndian, toByteOffset: group &* 4, as: UInt32.self)
                group &+= 1
            }
        }
        let rest = bytes.count - groups * 3
        guard rest > 0 else { return }
        let word = UInt32(bytes[groups * 3]) << 16 | (rest == 2 ? UInt32(bytes[groups * 3 + 1]) << 8 : 0)
        for digit in 0..<4 {
            let isText = digit <= rest
            buffer[groups * 4 + digit] = isText ? Base64.alphabet[Int(word >> (18 - 6 * UInt32(digit)) & 63)] : UInt8(ascii: "=")
        }
    }
}
