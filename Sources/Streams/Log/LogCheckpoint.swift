import Checksums

/// The summary of a sealed segment in a file of its own beside it, so that a start need not read the segment, little-endian:
///
///     `PERSIDX1` · number of the segment u64 · its salt u32 · its size u64 · entries u64 · parts u32
///     · (kind u32, version u32, bytes u64) × parts · the parts' bytes · CRC-32C of all before it u32
///
/// The salt is drawn for each segment, so a checkpoint fits no other; the size says that nothing was added or cut since. Whatever is not as it
/// should be makes the checkpoint void, and the segment is read.
enum LogCheckpoint {
    private static let magic = Array("PERSIDX1".utf8)
    private static let headSize = 8 + 8 + 4 + 8 + 8 + 4

    /// The segment that a checkpoint speaks of.
    struct Identity: Equatable {
        var number: UInt64
        var salt: UInt32
        var size: Int
    }

    static func name(_ number: UInt64) -> String {
        String(LogSegment.name(number).dropLast(3)) + "idx"
    }

    /// The number of the segment in a file name; nil for a name that is no checkpoint's.
    static func number(of name: String) -> UInt64? {
        name.hasSuffix(".idx") ? LogSegment.number(of: name.dropLast(3) + "log") : nil
    }

    static func encoded(_ summary: SegmentSummary, of segment: Identity, _ kinds: [LogSummaryKind]) -> [UInt8] {
        var bytes = magic
        LittleEndian.append(segment.number, size: 8, to: &bytes)
        LittleEndian.append(UInt64(segment.salt), size: 4, to: &bytes)
        LittleEndian.append(UInt64(segment.size), size: 8, to: &bytes)
        LittleEndian.append(UInt64(summary.frames), size: 8, to: &bytes)
        LittleEndian.append(UInt64(kinds.count), size: 4, to: &bytes)
        for kind in kinds {
            LittleEndian.append(UInt64(kind.kind), size: 4, to: &bytes)
            LittleEndian.append(UInt64(kind.version), size: 4, to: &bytes)
            LittleEndian.append(UInt64(summary.parts[kind.kind]?.count ?? 0), size: 8, to: &bytes)
        }
        for kind in kinds { bytes += summary.parts[kind.kind] ?? [] }
        let crc = bytes.withUnsafeBytes { CRC32C.update(0, $0) }
        LittleEndian.append(UInt64(crc), size: 4, to: &bytes)
        return bytes
    }

    /// Whether the bytes are those that were written, of whatever version.
    static func isWhole(_ bytes: [UInt8]) -> Bool {
        guard bytes.count >= headSize + 4, bytes.starts(with: magic.dropLast()) else { return false }
        let crc = bytes.withUnsafeBytes { CRC32C.update(0, UnsafeRawBufferPointer(rebasing: $0.dropLast(4))) }
        return UInt64(crc) == LittleEndian.read(bytes.suffix(4))
    }

    /// - Returns: nil when it is void: damaged, of another segment, or of summaries of other versions.
    static func decoded(_ bytes: [UInt8], of segment: Identity, _ kinds: [LogSummaryKind]) -> SegmentSummary? {
        guard isWhole(bytes), bytes.starts(with: magic) else { return nil }
        func read(_ start: Int, _ size: Int) -> UInt64 { LittleEndian.read(bytes[...], at: start, size: size) }
        guard read(8, 8) == segment.number, read(16, 4) == UInt64(segment.salt), read(20, 8) == UInt64(segment.size) else { return nil }
        guard let frames = Int(exactly: read(28, 8)), read(36, 4) == UInt64(kinds.count), bytes.count >= headSize + 16 * kinds.count + 4 else {
            return nil
        }
        var summary = SegmentSummary(segment: segment.number, frames: frames)
        var start = headSize + 16 * kinds.count
        for (index, kind) in kinds.enumerated() {
            let head = headSize + 16 * index
            guard read(head, 4) == UInt64(kind.kind), read(head + 4, 4) == UInt64(kind.version),
                let count = Int(exactly: read(head + 8, 8)), count <= bytes.count - 4 - start
            else { return nil }
            if count > 0 { summary.parts[kind.kind] = bytes[start..<start + count] }
            start += count
        }
        return start == bytes.count - 4 ? summary : nil
    }

    /// - Returns: nil when there is none, or a void one.
    static func load(_ segment: Identity, in directory: String, of files: any LogFileSystem, _ kinds: [LogSummaryKind]) -> SegmentSummary? {
        // A checkpoint that cannot be read is as good as none: everything in it is in the segment.
        guard let bytes = try? contents(segment.number, in: directory, of: files) else { return nil }
        return decoded(bytes, of: segment, kinds)
    }

    static func contents(_ number: UInt64, in directory: String, of files: any LogFileSystem) throws(LogError) -> [UInt8] {
        let file = try files.open(directory + "/" + name(number), create: false)
        var bytes = [UInt8](repeating: 0, count: try file.size())
        let count = try LogSegment.read(&bytes, from: file, at: 0)
        if count < bytes.count { bytes.removeLast(bytes.count - count) }
        return bytes
    }

    /// Writes the checkpoint of a segment that is on the disk, and will not change any more. Cut off by a loss of power, it is void.
    static func write(
        _ summary: SegmentSummary,
        of segment: Identity,
        in directory: String,
        of files: any LogFileSystem,
        _ kinds: [LogSummaryKind]
    ) throws(LogError) {
        remove(segment.number, in: directory, of: files)
        let file = try files.open(directory + "/" + name(segment.number), create: true)
        do throws(LogError) {
            try LogSegment.writeAll(encoded(summary, of: segment, kinds), to: file, at: 0)
        } catch {
            remove(segment.number, in: directory, of: files)
            throw error
        }
    }

    static func remove(_ number: UInt64, in directory: String, of files: any LogFileSystem) {
        // One that is not there is what is wanted, and one that stays is void as soon as its segment is another.
        try? files.remove(directory + "/" + name(number))
    }
}
