/// What stands in the head of a sealed entry of the log, so that it can be opened: of no two entries it is the same.
package struct RecordSeal: Hashable, Sendable {
    /// Which key of the stream, counted from 1.
    package var key: UInt32
    /// Drawn when the key began to be used by this process.
    package var salt: UInt128
    /// Counts the entries since then.
    package var sequence: UInt64

    static let size = 4 + 16 + 8
    /// Of what shows that nothing was changed.
    package static let tagSize = 16

    package init(key: UInt32, salt: UInt128, sequence: UInt64) {
        self.key = key
        self.salt = salt
        self.sequence = sequence
    }

    init(_ bytes: ArraySlice<UInt8>) {
        func read(_ offset: Int, _ size: Int) -> UInt64 { LittleEndian.read(bytes, at: bytes.startIndex + offset, size: size) }
        key = UInt32(read(0, 4))
        salt = UInt128(read(4, 8)) | UInt128(read(12, 8)) << 64
        sequence = read(20, 8)
    }

    func append(to bytes: inout [UInt8]) {
        LittleEndian.append(UInt64(key), size: 4, to: &bytes)
        LittleEndian.append(UInt64(truncatingIfNeeded: salt), size: 8, to: &bytes)
        LittleEndian.append(UInt64(truncatingIfNeeded: salt >> 64), size: 8, to: &bytes)
        LittleEndian.append(sequence, size: 8, to: &bytes)
    }
}

/// Seals the records of one stream before they go to the log.
package protocol RecordSealer: Sendable {
    /// A seal that no other entry has.
    func nextSeal() -> RecordSeal

    /// Encrypts in place.
    /// - Parameters:
    ///   - tag: `RecordSeal.tagSize` bytes, which are filled in.
    ///   - head: what stands before, and is bound to it.
    /// - Returns: false when that cannot be done; nothing is written then.
    func seal(_ text: UnsafeMutableRawBufferPointer, tag: UnsafeMutableRawBufferPointer, by seal: RecordSeal, head: UnsafeRawBufferPointer) -> Bool
}

/// Opens what sealers of whatever streams have sealed.
package protocol RecordOpener: Sendable {
    /// Decrypts in place.
    /// - Returns: false when it is not as it was sealed, or there is no such key.
    func open(
        _ text: UnsafeMutableRawBufferPointer,
        tag: [UInt8],
        by seal: RecordSeal,
        of stream: UInt64,
        head: UnsafeRawBufferPointer
    ) -> Bool
}
