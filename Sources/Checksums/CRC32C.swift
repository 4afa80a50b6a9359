import CCRC32C

/// CRC-32C (Castagnoli): by the processor's instruction, or sixteen bytes at a time by table ("slicing-by-16") where it has none.
package enum CRC32C {
    /// Sixteen tables of 256 entries, one after the other.
    ///
    /// Proof: filled once, before the pointer is published by the lazy initialiser, and only read from then on.
    private nonisolated(unsafe) static let tables: UnsafePointer<UInt32> = {
        let tables = UnsafeMutablePointer<UInt32>.allocate(capacity: 16 * 256)
        for byte in 0..<256 {
            var crc = UInt32(byte)
            for _ in 0..<8 { crc = shifted(crc) }
            tables[byte] = crc
        }
        for index in 256..<(16 * 256) {
            let previous = tables[index - 256]
            tables[index] = previous >> 8 ^ tables[Int(previous & 0xff)]
        }
        return UnsafePointer(tables)
    }()

    /// The register after one more bit of zero: a division by the polynomial, its bits reversed.
    private static func shifted(_ register: UInt32) -> UInt32 {
        register & 1 == 0 ? register >> 1 : register >> 1 ^ 0x82f6_3b78
    }

    /// Which single bit two texts of the same length differ in, by the exclusive or of their checksums; nil when it is none.
    ///
    /// A CRC is linear: that difference depends on where the bit is and on nothing else. Of the differences of a text of some KiB no two are the same,
    /// nor has one a single bit, as that of a wrong bit of the checksum itself would.
    package static func flippedBit(difference: UInt32, count: Int) -> (byte: Int, mask: UInt8)? {
        // From the last bit to the first: each step further from the end is a step of the register.
        var register: UInt32 = 1
        for byte in (0..<count).reversed() {
            for bit in (0..<8).reversed() {
                register = shifted(register)
                if register == difference { return (byte, 1 << UInt8(bit)) }
            }
        }
        return nil
    }

    private static let hasInstruction = crc32c_has_instruction()

    /// The checksum of `bytes`, going on from `crc`, which is that of what came before (0 for nothing).
    package static func update(_ crc: UInt32, _ bytes: UnsafeRawBufferPointer) -> UInt32 {
        guard hasInstruction, let base = bytes.baseAddress else { return byTable(crc, bytes) }
        return ~crc32c_by_instruction(~crc, base.assumingMemoryBound(to: UInt8.self), bytes.count)
    }

    package static func byTable(_ crc: UInt32, _ bytes: UnsafeRawBufferPointer) -> UInt32 {
        let tables = Self.tables
        var crc = ~crc
        var index = 0
        guard let base = bytes.baseAddress else { return ~crc }
        // Proof: every load is below `bytes.count`, and every table index is a byte plus its table's start.
        while index + 16 <= bytes.count {
            let first = UInt64(littleEndian: base.loadUnaligned(fromByteOffset: index, as: UInt64.self)) ^ UInt64(crc)
            let second = UInt64(littleEndian: base.loadUnaligned(fromByteOffset: index + 8, as: UInt64.self))
            crc = fold(first, tables + 2048) ^ fold(second, tables)
            index &+= 16
        }
        while index < bytes.count {
            crc = crc >> 8 ^ tables[Int((crc ^ UInt32(base.load(fromByteOffset: index, as: UInt8.self))) & 0xff)]
            index &+= 1
        }
        return ~crc
    }

    /// Eight bytes through eight tables, the first byte through the last.
    @inline(__always)
    private static func fold(_ word: UInt64, _ tables: UnsafePointer<UInt32>) -> UInt32 {
        let near = tables[1792 + Int(word & 0xff)] ^ tables[1536 + Int(word >> 8 & 0xff)]
        let next = tables[1280 + Int(word >> 16 & 0xff)] ^ tables[1024 + Int(word >> 24 & 0xff)]
        let far = tables[768 + Int(word >> 32 & 0xff)] ^ tables[512 + Int(word >> 40 & 0xff)]
        let last = tables[256 + Int(word >> 48 & 0xff)] ^ tables[Int(word >> 56)]
        return near ^ next ^ far ^ last
    }
}
