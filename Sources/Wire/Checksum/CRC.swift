/// Reflected cyclic redundancy checks of up to 64 bits, eight bytes a step.
struct CRC: Sendable {
    /// Eight tables of 256 remainders, one after the other; table n is for a byte that n more bytes follow.
    private let table: [UInt64]
    private let ones: UInt64
    private var state: UInt64

    static let crc32Table = makeTable(polynomial: 0xEDB8_8320)
    static let crc32CTable = makeTable(polynomial: 0x82F6_3B78)
    static let crc64NVMETable = makeTable(polynomial: 0x9A6C_9329_AC4B_C9B5)

    /// `width` is 32 or 64 bits.
    init(table: [UInt64], width: Int) {
        precondition(table.count == 2048, "a CRC steps by eight tables of 256")
        self.table = table
        ones = width == 64 ? .max : (1 << UInt64(width)) - 1
        state = ones
    }

    /// The checksum of everything so far.
    var value: UInt64 { state ^ ones }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        var state = state
        // In bounds: whole words end before the buffer does, every index into the table is a byte plus a multiple of 256 below 2048.
        table.withUnsafeBufferPointer { table in
            let words = bytes.count / 8
            for word in 0..<words {
                let mixed = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: word &* 8, as: UInt64.self)) ^ state
                let low =
                    table[1792 &+ Int(mixed & 255)] ^ table[1536 &+ Int(mixed >> 8 & 255)]
                    ^ table[1280 &+ Int(mixed >> 16 & 255)] ^ table[1024 &+ Int(mixed >> 24 & 255)]
                let high =
                    table[768 &+ Int(mixed >> 32 & 255)] ^ table[512 &+ Int(mixed >> 40 & 255)]
                    ^ table[256 &+ Int(mixed >> 48 & 255)] ^ table[Int(mixed >> 56)]
                state = low ^ high
            }
            for index in words &* 8..<bytes.count {
                state = state >> 8 ^ table[Int((state ^ UInt64(bytes[index])) & 255)]
            }
        }
        self.state = state
    }

    private static func makeTable(polynomial: UInt64) -> [UInt64] {
        var table = [UInt64](repeating: 0, count: 2048)
        for byte in 0..<256 {
            var remainder = UInt64(byte)
            for _ in 0..<8 { remainder = remainder & 1 == 0 ? remainder >> 1 : remainder >> 1 ^ polynomial }
            table[byte] = remainder
        }
        for index in 256..<2048 {
            let shorter = table[index - 256]
            table[index] = shorter >> 8 ^ table[Int(shorter & 255)]
        }
        return table
    }
}
