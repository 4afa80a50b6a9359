import Checksums

/// Which segments a log has, in a file of its own beside them: without it a segment that is gone, or another log's in its place, would look like
/// one that never was.
///
/// Entries of 40 bytes are appended, little-endian: id of the log u64 · number of the segment u64 · bytes u64 · salt u32 · kind u32 · 0 u32
/// · CRC-32C of all before it u32. What a crash leaves at the end is written over.
struct LogManifest: Sendable {
    enum Kind: UInt32 {
        /// The log was made; the rest of the entry is zero.
        case began = 1
        /// A segment whose header is on the disk.
        case added = 2
        /// That many bytes of a segment are on the disk.
        case synced = 3
        /// The segment is not needed any more, and is about to be removed.
        case dropped = 4
    }

    struct Entry: Sendable, Equatable {
        var log: UInt64
        var kind: Kind
        var segment: UInt64 = 0
        var salt: UInt32 = 0
        var bytes = 0

        var encoded: [UInt8] {
            var encoded: [UInt8] = []
            LittleEndian.append(log, size: 8, to: &encoded)
            LittleEndian.append(segment, size: 8, to: &encoded)
            LittleEndian.append(UInt64(bytes), size: 8, to: &encoded)
            LittleEndian.append(UInt64(salt), size: 4, to: &encoded)
            LittleEndian.append(UInt64(kind.rawValue), size: 4, to: &encoded)
            LittleEndian.append(0, size: 4, to: &encoded)
            let crc = encoded.withUnsafeBytes { CRC32C.update(0, $0) }
            LittleEndian.append(UInt64(crc), size: 4, to: &encoded)
            return encoded
        }

        /// Nil for bytes that are no whole entry.
        static func decoded(_ bytes: ArraySlice<UInt8>) -> Entry? {
            func read(_ offset: Int, _ size: Int) -> UInt64 { LittleEndian.read(bytes, at: bytes.startIndex + offset, size: size) }
            let crc = bytes.withUnsafeBytes { CRC32C.update(0, UnsafeRawBufferPointer(rebasing: $0.dropLast(4))) }
            guard read(36, 4) == UInt64(crc), let kind = Kind(rawValue: UInt32(read(28, 4))), let size = Int(exactly: read(16, 8)) else { return nil }
            return Entry(log: read(0, 8), kind: kind, segment: read(8, 8), salt: UInt32(read(24, 4)), bytes: size)
        }
    }

    /// What is known of a segment that should be there.
    struct Segment: Sendable, Equatable {
        var salt: UInt32
        /// Bytes that have been on the disk; there may be more.
        var bytes: Int
    }

    static let name = "manifest"
    static let entrySize = 40

    /// Drawn when the log is made.
    private(set) var log: UInt64
    private(set) var segments: [UInt64: Segment] = [:]
    /// The newest segment there ever was; 0 when none was.
    private(set) var newest: UInt64 = 0
    /// Offsets of entries that are not whole although others follow: what should be there is not certain.
    private(set) var damaged: [Int] = []
    /// Nil as long as it could not be made.
    private var file: (any LogFile)?
    /// Where the next entry goes.
    private var end = 0
    private var last: Entry?

    init(log: UInt64, newest: UInt64 = 0) {
        self.log = log
        self.newest = newest
    }

    /// Whether there is a file, so that what is added is written down.
    var isStored: Bool { file != nil }

    /// - Returns: nil when there is none, or nothing in it can be read.
    static func load(_ directory: String, of files: any LogFileSystem, names: [String]) throws(LogError) -> LogManifest? {
        guard names.contains(name) else { return nil }
        let file = try files.open(directory + "/" + name, create: false)
        var bytes = [UInt8](repeating: 0, count: try file.size())
        let count = try LogSegment.read(&bytes, from: file, at: 0)
        guard var manifest = decoded(bytes[..<count]) else { return nil }
        manifest.file = file
        return manifest
    }

    static func decoded(_ bytes: ArraySlice<UInt8>) -> LogManifest? {
        var manifest: LogManifest?
        var wrong: [Int] = []
        for start in stride(from: bytes.startIndex, to: bytes.endIndex - entrySize + 1, by: entrySize) {
            let offset = start - bytes.startIndex
            guard let entry = Entry.decoded(bytes[start..<start + entrySize]), entry.log == manifest?.log ?? entry.log else {
                wrong.append(offset)
                continue
            }
            var known = manifest ?? LogManifest(log: entry.log)
            known.take(entry)
            known.damaged = wrong
            known.end = offset + entrySize
            manifest = known
        }
        return manifest
    }

    private mutating func take(_ entry: Entry) {
        last = entry
        newest = max(newest, entry.segment)
        switch entry.kind {
        case .began: break
        case .added: segments[entry.segment] = Segment(salt: entry.salt, bytes: LogSegment.headerSize)
        case .synced: segments[entry.segment] = Segment(salt: entry.salt, bytes: entry.bytes)
        case .dropped: segments[entry.segment] = nil
        }
    }

    /// Makes the file, with what is known so far.
    mutating func create(_ directory: String, of files: any LogFileSystem) throws(LogError) {
        let path = directory + "/" + Self.name
        // Nothing in it could be read.
        try? files.remove(path)
        let file = try files.open(path, create: true)
        do throws(LogError) {
            let bytes = encoded
            try LogSegment.writeAll(bytes, to: file, at: 0)
            try file.sync()
            self.file = file
            end = bytes.count
        } catch {
            try? files.remove(path)
            throw error
        }
    }

    /// All that is known, without the history of it.
    var encoded: [UInt8] {
        var bytes = Entry(log: log, kind: .began, segment: newest).encoded
        for (number, segment) in segments.sorted(by: { $0.key < $1.key }) {
            bytes += Entry(log: log, kind: .synced, segment: number, salt: segment.salt, bytes: segment.bytes).encoded
        }
        return bytes
    }

    /// Compares a segment that is on the disk with what is known of it, and knows it from then on.
    /// - Parameter isActive: whether entries are going to be appended to it: then it is not cut short any longer.
    mutating func observe(_ number: UInt64, salt: UInt32, bytes: Int, isActive: Bool = false, _ recovery: inout LogRecovery) {
        let known = segments[number]?.bytes ?? 0
        if known > bytes {
            recovery.damages.append(LogDamage(segment: number, offset: bytes, bytes: known - bytes, reason: .cutShort, wasCut: false))
        }
        guard bytes > known || isActive && bytes < known else { return }
        // Where that fails, less is known than could be, and nothing is lost.
        try? append(Entry(log: log, kind: .synced, segment: number, salt: salt, bytes: bytes))
    }

    /// What is in the places of segments that should be there.
    /// - Parameter numbers: of the files that are there.
    func misplaced(in directory: String, of files: any LogFileSystem, numbers: [UInt64]) throws(LogError) -> [LogDamage] {
        var faults: [LogDamage] = []
        for (number, known) in segments.sorted(by: { $0.key < $1.key }) {
            guard numbers.contains(number) else {
                faults.append(LogDamage(segment: number, offset: 0, bytes: known.bytes, reason: .missing, wasCut: false))
                continue
            }
            let file = try files.open(directory + "/" + LogSegment.name(number), create: false)
            // Whose header is damaged may be the right one.
            guard let stated = try LogSegment.stated(by: file), stated != (number, known.salt) else { continue }
            faults.append(LogDamage(segment: number, offset: 0, bytes: try file.size(), reason: .misplaced, wasCut: false))
        }
        return faults
    }

    /// Knows a segment with so many bytes, without writing it down.
    mutating func observe(_ number: UInt64, salt: UInt32, bytes: Int) {
        segments[number] = Segment(salt: salt, bytes: bytes)
    }

    /// The same, not knowing some segments.
    func without(_ numbers: [UInt64]) -> LogManifest {
        var known = LogManifest(log: log, newest: newest)
        known.segments = segments.filter { !numbers.contains($0.key) }
        return known
    }

    /// Writes down that a segment's header is on the disk; makes the file if that failed before.
    mutating func add(_ segment: LogSegment, in directory: String, of files: any LogFileSystem) throws(LogError) {
        if file == nil { try create(directory, of: files) }
        try append(Entry(log: log, kind: .added, segment: segment.number, salt: segment.salt))
        // Where that fails a loss of power may take the entry, and then the segment is one more than is known of.
        try? file?.sync()
    }

    /// Writes down that so many bytes of a segment are on the disk. Where that fails, less is known than could be, and nothing is lost.
    mutating func note(_ number: UInt64, bytes: Int) {
        guard let known = segments[number], bytes > known.bytes else { return }
        try? append(Entry(log: log, kind: .synced, segment: number, salt: known.salt, bytes: bytes))
    }

    /// Returns when the disk knows that segments are not needed any more.
    mutating func drop(_ numbers: [UInt64]) throws(LogError) {
        for number in numbers where segments[number] != nil { try append(Entry(log: log, kind: .dropped, segment: number)) }
        try file?.sync()
    }

    private mutating func append(_ entry: Entry) throws(LogError) {
        guard let file else { return take(entry) }
        // The size of the segment that is written to changes with each sync: it is written over.
        let isUpdate = entry.kind == .synced && last?.kind == .synced && last?.segment == entry.segment && end > 0
        let offset = isUpdate ? end - Self.entrySize : end
        do throws(LogError) {
            try LogSegment.writeAll(entry.encoded, to: file, at: offset)
        } catch {
            // Half of it may be there, which the next entry is to cover.
            (end, last) = (offset, nil)
            throw error
        }
        end = offset + Self.entrySize
        take(entry)
    }
}
