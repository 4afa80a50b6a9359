/// Unsigned numbers of one to eight bytes, lowest byte first: the order of everything this library stores.
enum LittleEndian {
    static func append(_ value: UInt64, size: Int, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0.prefix(size)) }
    }

    /// The number in the `size` bytes from `start`, an index of the slice.
    static func read(_ bytes: ArraySlice<UInt8>, at start: Int, size: Int) -> UInt64 {
        bytes.withUnsafeBytes { read($0, at: start - bytes.startIndex, size: size) }
    }

    /// The number in the `size` bytes from `start`, which counts from the first byte.
    static func read(_ bytes: UnsafeRawBufferPointer, at start: Int, size: Int) -> UInt64 {
        // Checked before anything is read, for an unaligned load is not.
        precondition(start >= 0 && size <= 8 && start + size <= bytes.count, "a number must lie inside its bytes")
        switch size {
        case 8: return UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self))
        case 4: return UInt64(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt32.self)))
        case 2: return UInt64(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt16.self)))
        default: return (0..<size).reduce(0) { $0 | UInt64(bytes[start + $1]) << UInt64(8 * $1) }
        }
    }

    /// The number that up to eight bytes make.
    static func read(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        read(bytes, at: bytes.startIndex, size: bytes.count)
    }
}
