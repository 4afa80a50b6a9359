import Checksums

/// How one entry stands in a segment, little-endian:
///
///     length of the payload u32 · kind u8 · marker u8 · check u16 · CRC-32C u32 · payload
///
/// The CRC covers kind, length and payload; the check covers the other header bytes, so that after damage the next whole frame
/// is found without trusting a damaged length. Both start from the segment's salt: bytes of a frame that are stored *inside* a
/// payload never pass for one.
package enum LogFrame {
    static let headerSize = 12
    /// The largest payload in bytes.
    package static let maxPayload = 48 << 20
    private static let marker: UInt8 = 0xa7

    struct Header: Equatable {
        var length: Int
        var kind: UInt8
        var crc: UInt32
    }

    /// Fills in the header of the frame that begins at `start` and ends with `bytes`.
    static func seal(_ bytes: inout [UInt8], from start: Int, kind: UInt8, salt: UInt32) {
        bytes.withUnsafeMutableBytes { bytes in
            let frame = UnsafeMutableRawBufferPointer(rebasing: bytes[start...])
            let length = UInt32(frame.count - headerSize)
            frame.storeBytes(of: length.littleEndian, toByteOffset: 0, as: UInt32.self)
            frame[4] = kind
            frame[5] = marker
            let payload = UnsafeRawBufferPointer(rebasing: frame[headerSize...])
            let crc = checksum(of: payload, kind: kind, salt: salt)
            frame.storeBytes(of: crc.littleEndian, toByteOffset: 8, as: UInt32.self)
            frame.storeBytes(of: check(UnsafeRawBufferPointer(frame), salt: salt).littleEndian, toByteOffset: 6, as: UInt16.self)
        }
    }

    /// Reads a header; nil when it is not one.
    ///
    /// - Parameter bytes: at least `headerSize` of them.
    static func header(_ bytes: UnsafeRawBufferPointer, salt: UInt32) -> Header? {
        guard bytes[5] == marker else { return nil }
        guard UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 6, as: UInt16.self)) == check(bytes, salt: salt) else { return nil }
        let length = Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt32.self)))
        guard length <= maxPayload else { return nil }
        return Header(length: length, kind: bytes[4], crc: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self)))
    }

    static func checksum(of payload: UnsafeRawBufferPointer, kind: UInt8, salt: UInt32) -> UInt32 {
        let lead = UInt64(kind) << 32 | UInt64(payload.count)
        let crc = withUnsafeBytes(of: lead.littleEndian) { CRC32C.update(salt, $0) }
        return CRC32C.update(crc, payload)
    }

    private static func check(_ header: UnsafeRawBufferPointer, salt: UInt32) -> UInt16 {
        let crc = CRC32C.update(salt, UnsafeRawBufferPointer(rebasing: header[0..<6]))
        return UInt16(truncatingIfNeeded: CRC32C.update(crc, UnsafeRawBufferPointer(rebasing: header[8..<12])))
    }
}

/// The position of a frame. Positions compare in the order of appending.
package struct LogPosition: Hashable, Sendable, Comparable {
    package var segment: UInt64
    /// Bytes from the start of the segment's file.
    package var offset: UInt64
    /// Counts the appends of this process; 0 for a frame that was read from disk, which is committed by nature.
    var serial: UInt64

    package init(segment: UInt64, offset: UInt64) {
        self.init(segment: segment, offset: offset, serial: 0)
    }

    init(segment: UInt64, offset: UInt64, serial: UInt64) {
        self.segment = segment
        self.offset = offset
        self.serial = serial
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.segment, left.offset) < (right.segment, right.offset)
    }
}
