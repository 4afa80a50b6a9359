/// The two loops that carry every record: whole groups of three bytes and four characters, by table.
enum Base64Kernel {
    /// Four tables of 256 words, one for each place in a group: where the six bits of a character go among the group's three bytes,
    /// lowest byte first. Characters outside the alphabet have the top byte set.
    private static let decoding: [UInt32] = {
        var words = [UInt32](repeating: 0xFF00_0000, count: 4 * 256)
        for (number, character) in Base64.alphabet.enumerated() {
            let value = UInt32(number)
            let place = Int(character)
            words[place] = value << 2
            words[256 + place] = value >> 4 | (value & 15) << 12
            words[512 + place] = (value >> 2) << 8 | (value & 3) << 22
            words[768 + place] = value << 16
        }
        return words
    }()

    /// Both characters of each twelve bits, the first in the low byte.
    private static let encoding: [UInt16] = (0..<4096).map { value in
        UInt16(Base64.alphabet[value >> 6]) | UInt16(Base64.alphabet[value & 63]) << 8
    }

    /// Decodes groups until one holds a character outside the alphabet, or fewer than four characters are left.
    ///
    /// - Parameter room: a byte more than three for each group, for groups are stored as words.
    /// - Returns: how many groups were decoded.
    static func decode(_ text: UnsafeRawBufferPointer, into room: UnsafeMutableRawBufferPointer) -> Int {
        let groups = text.count / 4
        guard groups > 0, let from = text.baseAddress, let to = room.baseAddress else { return 0 }
        precondition(room.count > groups * 3, "decoding needs a byte more than it gives")
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
    /// - Parameter room: four characters for each group begun.
    static func encode(_ bytes: UnsafeRawBufferPointer, into room: UnsafeMutableRawBufferPointer) {
        let groups = bytes.count / 3
        precondition(room.count >= (bytes.count + 2) / 3 * 4, "encoding needs room for every group")
        guard let from = bytes.baseAddress, let to = room.baseAddress else { return }
        encoding.withUnsafeBufferPointer { pairs in
            // Proof: group g reads 3 bytes at 3g and writes 4 at 4g, below the counts just checked; twelve bits are below 4096.
            var group = 0
            while group < groups {
                let place = group &* 3
                let word =
                    UInt32(from.load(fromByteOffset: place, as: UInt8.self)) << 16
                    | UInt32(from.load(fromByteOffset: place &+ 1, as: UInt8.self)) << 8
                    | UInt32(from.load(fromByteOffset: place &+ 2, as: UInt8.self))
                let text = UInt32(pairs[Int(word >> 12)]) | UInt32(pairs[Int(word & 0xFFF)]) << 16
                to.storeBytes(of: text.littleEndian, toByteOffset: group &* 4, as: UInt32.self)
                group &+= 1
            }
        }
        let rest = bytes.count - groups * 3
        guard rest > 0 else { return }
        let word = UInt32(bytes[groups * 3]) << 16 | (rest == 2 ? UInt32(bytes[groups * 3 + 1]) << 8 : 0)
        for place in 0..<4 {
            let isText = place <= rest
            room[groups * 4 + place] = isText ? Base64.alphabet[Int(word >> (18 - 6 * UInt32(place)) & 63)] : UInt8(ascii: "=")
        }
    }
}
