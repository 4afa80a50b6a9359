import Wire

/// A deployment package: what its central directory says, read as a stranger's. Links, encryption, other methods than DEFLATE and names that lead out of
/// the folder are refused, and what comes out is bounded whatever the archive says.
struct ZIPArchive: Sendable {
    /// Why a file is no archive that can be unpacked.
    struct Failure: Error, Equatable {
        var reason: String
    }

    struct Entry: Sendable, Equatable {
        /// Below the folder, with `/` between its parts; none is empty, `.` or `..`.
        var path: String
        var isFolder: Bool
        var isExecutable: Bool
        /// Of what comes out.
        var size: Int
        fileprivate var checksum: UInt32
        fileprivate var isDeflated: Bool
        fileprivate var packed: Range<Int>
    }

    /// Of all files together when they are unpacked, as AWS has it.
    static let maximumSize = 262_144_000
    static let maximumEntries = 20_000

    let entries: [Entry]
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) throws(Failure) {
        self.bytes = bytes
        let reader = LittleEndian(bytes)
        let (count, start) = try Self.directory(reader)
        guard count <= Self.maximumEntries else { throw Failure(reason: "it has more than \(Self.maximumEntries) entries") }
        var (entries, place, total, packed): ([Entry], Int, Int, Int) = ([], start, 0, 0)
        var kinds: [String: Bool] = [:]
        for _ in 0..<count {
            let (entry, next) = try Self.entry(reader, at: place)
            place = next
            guard let entry else { continue }
            total += entry.size
            packed += entry.packed.count
            guard packed <= bytes.count else { throw Failure(reason: "its files lie over each other") }
            guard total <= Self.maximumSize else { throw Failure(reason: "unzipped it is larger than \(Self.maximumSize) bytes") }
            try Self.claim(entry, &kinds)
            entries.append(entry)
        }
        guard entries.contains(where: { !$0.isFolder }) else { throw Failure(reason: "it is empty") }
        self.entries = entries
    }

    /// No path comes twice, and none is both a file and a folder.
    /// - Parameter kinds: whether each path so far is a folder.
    private static func claim(_ entry: Entry, _ kinds: inout [String: Bool]) throws(Failure) {
        var parent = entry.path[...]
        while let slash = parent.lastIndex(of: "/") {
            parent = parent[..<slash]
            guard kinds[String(parent)] ?? true else { throw Failure(reason: "\(parent) is both a file and a folder") }
            kinds[String(parent)] = true
        }
        if let isFolder = kinds[entry.path], !(isFolder && entry.isFolder) { throw Failure(reason: "\(entry.path) comes twice") }
        kinds[entry.path] = entry.isFolder
    }

    // MARK: Reading

    private static func directory(_ reader: LittleEndian) throws(Failure) -> (count: Int, start: Int) {
        // The record at the end has 22 bytes and a comment of at most 65,535 behind them.
        var place = reader.count - 22
        let first = max(0, reader.count - 22 - 65_535)
        while place >= first, reader.long(place) != 0x0605_4b50 { place -= 1 }
        guard place >= first, place >= 0, let count = reader.short(place + 10), let size = reader.long(place + 12),
            let start = reader.long(place + 16)
        else {
            throw Failure(reason: "it has no directory")
        }
        guard reader.short(place + 4) == 0, count != 0xFFFF, start != 0xFFFF_FFFF else {
            throw Failure(reason: "it is in several parts or in ZIP64's form")
        }
        // What was put before an archive moves all of it.
        let moved = place - Int(size) - Int(start)
        guard moved == 0 else { throw Failure(reason: "its directory is not where it says") }
        return (Int(count), Int(start))
    }

    /// - Returns: nil for the entry of the folder itself; and where the next one begins.
    private static func entry(_ reader: LittleEndian, at place: Int) throws(Failure) -> (Entry?, next: Int) {
        guard reader.long(place) == 0x0201_4b50, let maker = reader.short(place + 4), let flags = reader.short(place + 8),
            let method = reader.short(place + 10), let checksum = reader.long(place + 16), let packed = reader.long(place + 20),
            let size = reader.long(place + 24), let nameLength = reader.short(place + 28), let extraLength = reader.short(place + 30),
            let commentLength = reader.short(place + 32), let attributes = reader.long(place + 38), let header = reader.long(place + 42),
            let name = reader.slice(place + 46, Int(nameLength))
        else { throw Failure(reason: "its directory ends early") }
        let next = place + 46 + Int(nameLength) + Int(extraLength) + Int(commentLength)
        guard let text = String(validating: name, as: UTF8.self) else { throw Failure(reason: "a name is not UTF-8") }
        guard flags & 1 == 0 else { throw Failure(reason: "\(text) is encrypted") }
        guard method == 0 || method == 8 else { throw Failure(reason: "\(text) is packed in a way that is not read") }
        guard let path = try Self.path(text) else { return (nil, next) }
        let mode = maker >> 8 == 3 ? attributes >> 16 : 0
        guard [0, 0o100000, 0o040000].contains(mode & 0o170000) else { throw Failure(reason: "\(text) is a link or a device") }
        let isFolder = text.hasSuffix("/")
        guard !isFolder || size == 0 else { throw Failure(reason: "the folder \(text) has bytes") }
        guard let headerName = reader.short(Int(header) + 26), let headerExtra = reader.short(Int(header) + 28),
            reader.long(Int(header)) == 0x0403_4b50
        else { throw Failure(reason: "\(text) is not where the directory says") }
        let start = Int(header) + 30 + Int(headerName) + Int(headerExtra)
        guard reader.slice(start, Int(packed)) != nil else { throw Failure(reason: "\(text) ends early") }
        let entry = Entry(
            path: path,
            isFolder: isFolder,
            isExecutable: mode & 0o111 != 0,
            size: Int(size),
            checksum: checksum,
            isDeflated: method == 8,
            packed: start..<(start + Int(packed))
        )
        return (entry, next)
    }

    /// A name as a path below the folder; nil for the folder itself.
    private static func path(_ name: String) throws(Failure) -> String? {
        guard !name.hasPrefix("/"), !name.utf8.contains(0), name.utf8.count <= 1024 else { throw Failure(reason: "a name leads out of the folder") }
        let parts = name.split(separator: "/").filter { $0 != "." }
        guard parts.allSatisfy({ $0 != ".." && $0.utf8.count <= 255 }), parts.count <= 64 else {
            throw Failure(reason: "a name leads out of the folder")
        }
        return parts.isEmpty ? nil : parts.joined(separator: "/")
    }

    // MARK: Unpacking

    /// What a file holds.
    func contents(_ entry: Entry) throws(Failure) -> [UInt8] {
        let packed = bytes[entry.packed]
        let contents: [UInt8]
        if entry.isDeflated {
            do throws(Inflate.Failure) {
                contents = try Inflate.bytes(packed, limit: entry.size)
            } catch {
                throw Failure(reason: "\(entry.path): \(error.reason)")
            }
        } else {
            contents = Array(packed)
        }
        let checksum = Checksum.value(.crc32, of: contents).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        guard contents.count == entry.size, checksum == entry.checksum else { throw Failure(reason: "\(entry.path) is damaged") }
        return contents
    }
}

/// Numbers in the bytes of a file, the lowest byte first; nil beyond the end.
private struct LittleEndian {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var count: Int { bytes.count }

    func slice(_ place: Int, _ count: Int) -> ArraySlice<UInt8>? {
        guard place >= 0, count >= 0, place <= bytes.count, count <= bytes.count - place else { return nil }
        return bytes[place..<(place + count)]
    }

    func short(_ place: Int) -> UInt16? { slice(place, 2).map { $0.reversed().reduce(0) { $0 << 8 | UInt16($1) } } }

    func long(_ place: Int) -> UInt32? { slice(place, 4).map { $0.reversed().reduce(0) { $0 << 8 | UInt32($1) } } }
}
