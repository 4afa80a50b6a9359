import Checksums

/// What the last eight bytes of a page of a database say of it: its number, from 1, and the CRC-32C of all bytes before, both big-endian.
///
/// SQLite leaves as many bytes of each page to others as its header says (Database File Format, section 1.3.4, "Reserved bytes per page").
enum PageChecksum {
    static let reservedBytes = 8
    /// Where the header on page 1 has how many are reserved.
    static let reservedOffset = 20

    /// In bytes, as the beginning of a database says it; nil when it says none that there can be.
    /// - Parameter header: at least its first 18 bytes.
    static func pageSize(_ header: [UInt8]) -> Int? {
        let stated = Int(header[16]) << 8 | Int(header[17])
        let size = stated == 1 ? 65536 : stated
        return (512...65536).contains(size) && size & (size - 1) == 0 ? size : nil
    }

    static func seal(_ page: UnsafeMutableRawBufferPointer, number: UInt32) {
        page.storeBytes(of: number.bigEndian, toByteOffset: page.count - 8, as: UInt32.self)
        page.storeBytes(of: checksum(UnsafeRawBufferPointer(page)).bigEndian, toByteOffset: page.count - 4, as: UInt32.self)
    }

    static func isWhole(_ page: UnsafeRawBufferPointer, number: UInt32) -> Bool {
        stated(page, at: page.count - 8) == number && stated(page, at: page.count - 4) == checksum(page)
    }

    /// Whether a first page is of a database whose pages have checksums; one bit of the page that says so may be wrong.
    static func areKept(firstPage page: UnsafeMutableRawBufferPointer) -> Bool {
        if page[reservedOffset] == UInt8(reservedBytes) { return true }
        let found = page[reservedOffset]
        defer { page[reservedOffset] = found }
        page[reservedOffset] = UInt8(reservedBytes)
        return isWhole(UnsafeRawBufferPointer(page), number: 1)
    }

    /// Turns a single wrong bit of a page, wherever it is; a page in which more is wrong stays as it is.
    ///
    /// - Returns: whether the page is whole now.
    static func correct(_ page: UnsafeMutableRawBufferPointer, number: UInt32) -> Bool {
        let bytes = UnsafeRawBufferPointer(page)
        let difference = stated(bytes, at: page.count - 4) ^ checksum(bytes)
        guard difference != 0 else { return isWhole(bytes, number: number) }
        if difference.nonzeroBitCount == 1 {
            page.storeBytes(of: checksum(bytes).bigEndian, toByteOffset: page.count - 4, as: UInt32.self)
            return isWhole(bytes, number: number)
        }
        guard let wrong = CRC32C.flippedBit(difference: difference, count: page.count - 4) else { return false }
        page[wrong.byte] ^= wrong.mask
        if isWhole(bytes, number: number) { return true }
        page[wrong.byte] ^= wrong.mask
        return false
    }

    private static func checksum(_ page: UnsafeRawBufferPointer) -> UInt32 {
        CRC32C.update(0, UnsafeRawBufferPointer(rebasing: page[..<(page.count - 4)]))
    }

    private static func stated(_ page: UnsafeRawBufferPointer, at offset: Int) -> UInt32 {
        UInt32(bigEndian: page.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
}
