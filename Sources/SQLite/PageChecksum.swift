import Checksums

/// What the last eight bytes of a page of a database say of it: its number, from 1, and the CRC-32C of all bytes before, both big-endian.
///
/// SQLite leaves as many bytes of each page to others as its header says (Database File Format, section 1.3.4, "Reserved bytes per page").
enum PageChecksum {
    static let reservedBytes = 8
    /// Where the header on page 1 has how many are reserved.
    static let reservedOffset = 20

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
    /// A CRC is linear: two texts that differ in one bit have checksums whose difference depends on where that bit is and on nothing else. Of the
    /// 32,768 differences of a page of 4 KiB no two are the same, nor is one that of a wrong bit of the checksum itself.
    /// - Returns: whether the page is whole now.
    static func correct(_ page: UnsafeMutableRawBufferPointer, number: UInt32) -> Bool {
        let bytes = UnsafeRawBufferPointer(page)
        let difference = stated(bytes, at: page.count - 4) ^ checksum(bytes)
        guard difference != 0 else { return isWhole(bytes, number: number) }
        if difference.nonzeroBitCount == 1 {
            page.storeBytes(of: checksum(bytes).bigEndian, toByteOffset: page.count - 4, as: UInt32.self)
            return isWhole(bytes, number: number)
        }
        // From the last bit that the checksum covers to the first: each step further from the end is a step of the CRC's register.
        var register: UInt32 = 1
        for index in (0..<page.count - 4).reversed() {
            for bit in (0..<8).reversed() {
                register = register & 1 == 0 ? register >> 1 : register >> 1 ^ 0x82f6_3b78
                guard register == difference else { continue }
                page[index] ^= 1 << UInt8(bit)
                if isWhole(bytes, number: number) { return true }
                page[index] ^= 1 << UInt8(bit)
            }
        }
        return false
    }

    private static func checksum(_ page: UnsafeRawBufferPointer) -> UInt32 {
        CRC32C.update(0, UnsafeRawBufferPointer(rebasing: page[..<(page.count - 4)]))
    }

    private static func stated(_ page: UnsafeRawBufferPointer, at offset: Int) -> UInt32 {
        UInt32(bigEndian: page.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
}
