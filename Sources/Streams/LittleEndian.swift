/// Unsigned numbers of one to eight bytes, lowest byte first: the order of everything this library stores.
enum LittleEndian {
    static func append(_ value: UInt64, size: Int, to bytes: inout [UInt8]) {
        var rest = value
        for _ in 0..<size {
            bytes.append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
    }

    /// The number in the `size` bytes from `start`, an index of the slice.
    static func read(_ bytes: ArraySlice<UInt8>, at start: Int, size: Int) -> UInt64 {
        var value: UInt64 = 0
        var index = start + size
        while index > start {
            index -= 1
            value = value << 8 | UInt64(bytes[index])
        }
        return value
    }

    /// The number that up to eight bytes make.
    static func read(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        read(bytes, at: bytes.startIndex, size: bytes.count)
    }
}
