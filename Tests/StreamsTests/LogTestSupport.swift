import Glibc
import Synchronization
import Testing

@testable import Streams

/// Runs a test in a directory of its own, which is gone afterwards.
func withDirectory(_ body: (String) throws -> Void) throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    try body(scratch.path)
}

extension RecordLog {
    /// Appends an entry and gives its position, by which a test asks what became of it, if it wants to.
    func write(kind: UInt8, payload: [UInt8]) throws(LogError) -> LogPosition {
        try write(kind: kind, pieces: CollectionOfOne(payload[...]))
    }

    func write(kind: UInt8, pieces: some Collection<ArraySlice<UInt8>>) throws(LogError) -> LogPosition {
        let entry = try append(kind: kind, pieces: pieces)
        let position = entry.position
        entry.whenDecided { _ in }
        return position
    }

    /// Opens a log and reads all that is in it.
    static func open(
        directory: String,
        policy: SyncPolicy = .everySecond,
        files: any LogFileSystem = PosixFileSystem(),
        rollAt: Int = segmentSize,
        summaries: [LogSummaryKind] = [],
        from start: LogPosition? = nil,
        reader: LogReader
    ) throws(LogError) -> (log: RecordLog, recovery: LogRecovery) {
        let (log, opening) = try open(directory: directory, policy: policy, files: files, rollAt: rollAt, summaries: summaries)
        var recovery = try log.replay(from: start, reader)
        recovery.damages += opening.damages
        recovery.damages.sort { ($0.segment, $0.offset) < ($1.segment, $1.offset) }
        return (log, recovery)
    }
}

/// All entries of a log that is not open.
func entries(in directory: String) throws -> [(kind: UInt8, payload: [UInt8])] {
    var read: [(kind: UInt8, payload: [UInt8])] = []
    let log = try RecordLog.open(directory: directory) { kind, payload, _ in read.append((kind, Array(payload))) }.log
    log.close()
    return read
}

func contents(of path: String) throws -> [UInt8] {
    let file = try PosixFileSystem().open(path, create: false)
    var bytes = [UInt8](repeating: 0, count: try file.size())
    #expect(try LogSegment.read(&bytes, from: file, at: 0) == bytes.count)
    return bytes
}

func write(_ bytes: [UInt8], to path: String) throws {
    try? PosixFileSystem().remove(path)
    let file = try PosixFileSystem().open(path, create: true)
    try bytes.withUnsafeBytes { try file.writeAll($0, at: 0) }
}

/// The real file system, with calls that fail on command.
final class FaultyFileSystem: LogFileSystem {
    enum Call: Hashable, Sendable { case open, write, truncate, sync, syncDirectory }

    struct Plan: Sendable {
        /// Calls of each kind that still succeed before one fails; absent kinds never fail.
        var left: [Call: Int] = [:]
        /// How many fail in a row once the time has come.
        var run: [Call: Int] = [:]
        /// A failing write puts this many bytes down first.
        var tornBytes = 0
        /// The most that one write takes.
        var writeLimit = Int.max
        var made: [Call: Int] = [:]
    }

    let plan = Mutex(Plan())
    private let real = PosixFileSystem()

    /// Lets `after` more calls succeed and then `count` fail.
    func fail(_ call: Call, after: Int = 0, count: Int = 1, tornBytes: Int = 0) {
        plan.withLock { plan in
            plan.left[call] = after
            plan.run[call] = count
            plan.tornBytes = tornBytes
        }
    }

    func isDue(_ call: Call) -> Bool {
        plan.withLock { plan in
            plan.made[call, default: 0] += 1
            guard let left = plan.left[call] else { return false }
            if left > 0 {
                plan.left[call] = left - 1
                return false
            }
            plan.run[call, default: 1] -= 1
            if plan.run[call] == 0 { plan.left[call] = nil }
            return true
        }
    }

    /// Runs `body` while every write waits. What it asks of the log must need no call itself, so the segment has to be there.
    func holding(_ body: () throws -> Void) rethrows {
        try plan.withLock { _ in try body() }
    }

    func made(_ call: Call) -> Int {
        plan.withLock { $0.made[call] ?? 0 }
    }

    func makeDirectory(_ path: String) throws(LogError) { try real.makeDirectory(path) }
    func list(_ directory: String) throws(LogError) -> [String] { try real.list(directory) }
    func remove(_ path: String) throws(LogError) { try real.remove(path) }

    func open(_ path: String, create: Bool) throws(LogError) -> any LogFile {
        if isDue(.open) { throw .system(call: "open", path: path, code: ENOSPC) }
        return FaultyFile(real: try real.open(path, create: create), files: self)
    }

    func syncDirectory(_ path: String) throws(LogError) {
        if isDue(.syncDirectory) { throw .system(call: "fsync", path: path, code: EIO) }
        try real.syncDirectory(path)
    }
}

private struct FaultyFile: LogFile {
    let real: any LogFile
    let files: FaultyFileSystem

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(LogError) -> Int {
        let (torn, limit) = files.plan.withLock { ($0.tornBytes, $0.writeLimit) }
        if files.isDue(.write) {
            if torn > 0 { _ = try real.write(UnsafeRawBufferPointer(rebasing: bytes.prefix(torn)), at: offset) }
            throw .system(call: "pwrite", path: "faulty", code: ENOSPC)
        }
        return try real.write(UnsafeRawBufferPointer(rebasing: bytes.prefix(limit)), at: offset)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(LogError) -> Int { try real.read(into: buffer, at: offset) }
    func size() throws(LogError) -> Int { try real.size() }

    func truncate(to size: Int) throws(LogError) {
        if files.isDue(.truncate) { throw .system(call: "ftruncate", path: "faulty", code: EIO) }
        try real.truncate(to: size)
    }

    func sync() throws(LogError) {
        if files.isDue(.sync) { throw .system(call: "fdatasync", path: "faulty", code: EIO) }
        try real.sync()
    }
}

/// A directory of a test's own, for tests that suspend.
struct Scratch {
    let path: String

    init() throws {
        var template = Array("/tmp/personalite-log-XXXXXX\0".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { mkdtemp($0.baseAddress!) }
        path = String(cString: try #require(made))
    }

    func remove() {
        for name in (try? PosixFileSystem().list(path)) ?? [] { try? PosixFileSystem().remove(path + "/" + name) }
        rmdir(path)
    }
}
