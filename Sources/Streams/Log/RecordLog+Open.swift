#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What opening a log, or reading it, found.
package struct LogRecovery: Hashable, Sendable {
    /// Entries that were read, or summed up.
    package var frames = 0
    /// Ranges that held no whole entry: at most one of them was the tail, and cut off.
    package var damages: [LogDamage] = []
    /// Bytes cut off the end.
    package var bytesCut: Int { damages.reduce(0) { $0 + ($1.wasCut ? $1.bytes : 0) } }
}

extension RecordLog {
    /// What a directory holds of a log.
    package enum Stored: Equatable, Sendable {
        case nothing
        /// A log that has its manifest.
        case log(identity: UInt64)
        /// Segments without a manifest, as earlier versions wrote them, or with one that cannot be read.
        case unknown

        init(_ manifest: LogManifest?, names: [String]) {
            if let manifest {
                self = .log(identity: manifest.log)
            } else {
                self = names.contains { LogSegment.number(of: $0) != nil || $0 == LogManifest.name } ? .unknown : .nothing
            }
        }

        /// Why this is not the log of an identity; nil when it is, or may be.
        package func mismatch(_ identity: UInt64) -> LogMismatch? {
            switch self {
            case .nothing: .absent
            case .log(let found): found == identity ? nil : .other
            case .unknown: nil
            }
        }
    }

    package static func stored(in directory: String, files: any LogFileSystem = PosixFileSystem()) throws(LogError) -> Stored {
        let names = try names(in: directory, of: files) ?? []
        return Stored(try LogManifest.load(directory, of: files, names: names), names: names)
    }

    /// - Returns: nil when there is no directory.
    private static func names(in directory: String, of files: any LogFileSystem) throws(LogError) -> [String]? {
        do throws(LogError) {
            return try files.list(directory)
        } catch {
            if case .system(_, _, ENOENT) = error { return nil }
            throw error
        }
    }

    /// Opens the log in a directory, making it when it is not there. Of the old entries only those of the last segment are read: `recover` sums
    /// up all of them, and `replay` hands them on.
    ///
    /// A damaged tail, which a crash leaves, is cut off behind the last whole entry. A segment whose header is damaged stays as it is and is
    /// passed over. Nothing is lost silently: both are in the result.
    ///
    /// - Parameters:
    ///   - summaries: what `recover` hands on, by the kinds of entries.
    ///   - identity: of the log that was made here; nil when none was yet.
    /// - Throws: `mismatch` for no log or another one than that, `misplaced` when the manifest names segments that are not there. Nothing was changed
    ///   then.
    package static func open(
        directory: String,
        policy: SyncPolicy = .everySecond,
        files: any LogFileSystem = PosixFileSystem(),
        rollAt: Int = segmentSize,
        summaries: [LogSummaryKind] = [],
        identity: UInt64? = nil
    ) throws(LogError) -> (log: RecordLog, recovery: LogRecovery) {
        let names = try names(in: directory, of: files) ?? []
        let numbers = names.compactMap { LogSegment.number(of: $0) }.sorted()
        let stored = try LogManifest.load(directory, of: files, names: names)
        if let identity, let mismatch = Stored(stored, names: names).mismatch(identity) { throw .mismatch(directory: directory, mismatch) }
        if let stored, stored.damaged.isEmpty {
            let faults = try stored.misplaced(in: directory, of: files, numbers: numbers)
            guard faults.isEmpty else { throw .misplaced(directory: directory, faults: faults.map(\.description)) }
        }
        try files.makeDirectory(directory)
        for number in names.compactMap({ LogCheckpoint.number(of: $0) }) where !numbers.contains(number) {
            LogCheckpoint.remove(number, in: directory, of: files)
        }
        var state = State()
        var recovery = LogRecovery()
        var manifest = stored ?? LogManifest(log: identity ?? UInt64.random(in: 1 ... .max))
        if stored == nil, !numbers.isEmpty && identity != nil || names.contains(LogManifest.name) {
            recovery.damages.append(LogDamage(segment: 0, offset: 0, bytes: 0, reason: .badManifest, wasCut: false))
        }
        for offset in manifest.damaged {
            recovery.damages.append(LogDamage(segment: 0, offset: offset, bytes: LogManifest.entrySize, reason: .badManifest, wasCut: false))
        }
        if !manifest.damaged.isEmpty { manifest = LogManifest(log: manifest.log, newest: manifest.newest) }
        for number in numbers.dropLast() {
            guard let (size, salt) = try sealed(number, in: directory, of: files, &recovery) else { continue }
            state.sealed[number] = size
            manifest.observe(number, salt: salt, bytes: size, &recovery)
        }
        if let last = numbers.last { try openLast(last, in: directory, of: files, summaries: summaries, &state, &recovery) }
        try state.active?.file.sync()
        if let active = state.active { manifest.observe(active.number, salt: active.salt, bytes: active.size, isActive: true, &recovery) }
        state.nextNumber = max(numbers.last ?? 0, manifest.newest) + 1
        // On a disk that is full the next segment makes it, or fails.
        if !manifest.isStored { try? manifest.create(directory, of: files) }
        let log = RecordLog(
            directory: directory,
            files: files,
            policy: policy,
            rollAt: rollAt,
            keepsNothing: false,
            summaries: summaries,
            manifest: manifest,
            state: state
        )
        return (log, recovery)
    }

    /// Brings a segment that is not written to any more to the disk: what a killed process wrote is perhaps with the operating system only,
    /// however long ago.
    /// - Returns: its size in bytes, and its salt; nil when its header is damaged, and nothing in it can be read.
    private static func sealed(
        _ number: UInt64,
        in directory: String,
        of files: any LogFileSystem,
        _ recovery: inout LogRecovery
    ) throws(LogError) -> (size: Int, salt: UInt32)? {
        let (file, size, salt) = try LogSegment.open(number, in: directory, of: files)
        try file.sync()
        if let salt { return (size, salt) }
        if size > 0 { recovery.damages.append(LogDamage(segment: number, offset: 0, bytes: size, reason: .badSegment, wasCut: false)) }
        return nil
    }

    /// Reads again what is committed, from `start` on; entries that are appended meanwhile may or may not be among it.
    package func replay(from start: LogPosition? = nil, _ reader: LogReader) throws(LogError) -> LogRecovery {
        var recovery = LogRecovery()
        for (number, bytes) in segments where start.map({ number >= $0.segment }) ?? true {
            let (file, _, salt) = try LogSegment.open(number, in: directory, of: files)
            guard let salt else { throw .damaged(segment: number, offset: 0) }
            var scan = LogScan(file: file, number: number, salt: salt, size: min(bytes, try file.size()))
            let first = start.map { $0.segment == number ? Int($0.offset) : 0 } ?? 0
            _ = try scan.run(from: max(first, LogSegment.headerSize), reader)
            recovery.frames += scan.frames
            recovery.damages += scan.damages
        }
        return recovery
    }

    /// Reads the segment that is to be written to, and cuts off what is behind its last whole entry.
    private static func openLast(
        _ number: UInt64,
        in directory: String,
        of files: any LogFileSystem,
        summaries: [LogSummaryKind],
        _ state: inout State,
        _ recovery: inout LogRecovery
    ) throws(LogError) {
        let (file, size, salt) = try LogSegment.open(number, in: directory, of: files)
        guard let salt else {
            // A crash between making the file and writing its header leaves it short: no entry can be in it.
            let isEmpty = size <= LogSegment.headerSize
            if isEmpty { try files.remove(directory + "/" + LogSegment.name(number)) }
            if size > 0 { recovery.damages.append(LogDamage(segment: number, offset: 0, bytes: size, reason: .badSegment, wasCut: isEmpty)) }
            return
        }
        var (tail, end) = try summarised(file, LogCheckpoint.Identity(number: number, salt: salt, size: size), summaries)
        if end < size, var cut = tail.damages.popLast() {
            try file.truncate(to: end)
            cut.wasCut = true
            recovery.damages.append(cut)
        }
        state.tail = tail
        state.active = LogSegment(number: number, salt: salt, file: file, size: end)
    }
}
