#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Reads SQLite's write-ahead log as its recovery does, and then on: recovery ends at the first frame whose checksum is wrong, without a word of
/// the transactions behind it.
///
/// Format: SQLite, "WAL-mode File Format" (Database File Format, section 4). A frame's checksum covers all frames before it, so a frame behind
/// a damaged one is recognised by the checksum that continues from the one that the frame before it states.
package enum WriteAheadLog {
    /// What recovery would leave out.
    package struct Damage: Equatable, Sendable {
        /// The first frame that is not whole, from 1; 0 for the header.
        package var frame: Int
        /// Frames from that one on that belong to the same log.
        package var lostFrames: Int
        /// Transactions among them that had been committed.
        package var lostTransactions: Int

        /// Whether nothing but the last frame is not whole. So a log looks whose writer was killed within a frame, too: no bytes tell the two apart.
        package var isLastFrame: Bool { frame > 0 && lostFrames == 1 }

        package var description: String {
            if isLastFrame {
                return
                    "the last frame of the write-ahead log, \(frame), is not whole: the server was killed while it wrote it, and nothing that was "
                    + "acknowledged is in it; or it is damaged, and its transaction is lost"
            }
            let location = frame == 0 ? "its header" : "frame \(frame)"
            return
                "the write-ahead log is damaged at \(location): \(lostTransactions) committed transactions in \(lostFrames) frames from there on are lost"
        }
    }

    private static let headerSize = 32
    private static let frameHeaderSize = 24

    /// - Returns: nil when recovery takes all that the log has, or when there is no log.
    package static func damage(_ path: String) -> Damage? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return damage { offset, count in
            var bytes = [UInt8](repeating: 0, count: count)
            let read = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, count, off_t(offset)) }
            return read == count ? bytes : nil
        }
    }

    /// - Parameter read: `count` bytes from an offset on; nil when there are fewer.
    static func damage(_ read: (_ offset: Int, _ count: Int) -> [UInt8]?) -> Damage? {
        guard let header = read(0, headerSize) else { return nil }
        let pageSize = Int(word(header, 8))
        guard pageSize >= 512, pageSize <= 65536, pageSize & (pageSize - 1) == 0 else {
            // Without the size of its pages nothing behind the header can be told apart.
            return read(headerSize, frameHeaderSize + 512) == nil ? nil : Damage(frame: 0, lostFrames: 0, lostTransactions: 0)
        }
        let isBigEndian = header[3] & 1 == 1
        let salts = header[16..<24]
        var stated = (word(header, 24), word(header, 28))
        var firstWrong = word(header, 0) | 1 == 0x377f_0683 && checksum(header[..<24], from: (0, 0), isBigEndian) == stated ? nil : 0
        var damage = Damage(frame: 0, lostFrames: 0, lostTransactions: 0)
        var number = 0
        while let frame = read(headerSize + number * (frameHeaderSize + pageSize), frameHeaderSize + pageSize) {
            number += 1
            // One of the two is enough: the damage may be in the other.
            let isOfThisLog = frame[8..<12].elementsEqual(salts.prefix(4)) || frame[12..<16].elementsEqual(salts.suffix(4))
            let before = checksum(frame[..<8], from: stated, isBigEndian)
            stated = (word(frame, 16), word(frame, 20))
            let isWhole = frame[8..<16].elementsEqual(salts) && checksum(frame[frameHeaderSize...], from: before, isBigEndian) == stated
            if firstWrong == nil, !isWhole { firstWrong = number }
            guard firstWrong != nil else { continue }
            guard isOfThisLog || isWhole else { break }
            damage.lostFrames += 1
            if word(frame, 4) != 0 { damage.lostTransactions += 1 }
        }
        guard let firstWrong, damage.lostFrames > 0 else { return nil }
        damage.frame = firstWrong
        return damage
    }

    private static func word(_ bytes: [UInt8], _ offset: Int) -> UInt32 {
        bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }

    private static func checksum(_ bytes: ArraySlice<UInt8>, from start: (UInt32, UInt32), _ isBigEndian: Bool) -> (UInt32, UInt32) {
        var (first, second) = start
        bytes.withUnsafeBytes { buffer in
            for offset in stride(from: 0, to: buffer.count, by: 8) {
                let words = (
                    buffer.loadUnaligned(fromByteOffset: offset, as: UInt32.self), buffer.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self)
                )
                first &+= (isBigEndian ? UInt32(bigEndian: words.0) : UInt32(littleEndian: words.0)) &+ second
                second &+= (isBigEndian ? UInt32(bigEndian: words.1) : UInt32(littleEndian: words.1)) &+ first
            }
        }
        return (first, second)
    }
}
