import ServiceKit
import Synchronization
import Wire

/// The snapshots of a folder: data directories, each under its name, that no server ever works in.
///
/// Files that are never written to again (sealed segments of the log, tables, models, objects) are the same files in a data directory and in its
/// snapshots, by hard links; all others are copies. What is being made is in a folder whose name begins with a dot, kept by a lock, and gets its name
/// once all of it is on the disk. So whoever is killed leaves nothing that is listed, and what he left is removed by the next who makes something.
package struct SnapshotLibrary: Sendable {
    package let folder: String

    package init(_ folder: String) {
        self.folder = folder
    }

    /// All, by name.
    package var all: [Snapshot] { Directory.names(folder).compactMap { Snapshot(name: $0, in: folder) } }

    package func find(_ name: String) throws(SnapshotFault) -> Snapshot {
        guard Snapshot.isName(name) else { throw Self.noName }
        try Self.checkOwner(folder)
        guard let found = Snapshot(name: name, in: folder) else { throw SnapshotFault(404, "there is no snapshot \(name) in \(folder)") }
        return found
    }

    /// Others could have put anything there, keys too.
    fileprivate static func checkOwner(_ folder: String) throws(SnapshotFault) {
        guard FilePlacing.belongsToOthers(folder) else { return }
        throw SnapshotFault(
            403,
            "others can write to the folder of snapshots \(folder), or it is theirs: chmod go-w, or name another with --snapshots"
        )
    }

    private static let noName = SnapshotFault(
        400,
        "a snapshot's name has up to 64 letters, digits, '.', '_' and '-', and begins with a letter or digit"
    )

    // MARK: Changes

    /// Makes a snapshot of what `fill` puts into an empty folder.
    func add(_ name: String, version: String, at now: Timestamp, _ fill: (_ directory: String) throws -> Void) throws -> Snapshot {
        guard Snapshot.isName(name) else { throw Self.noName }
        let place = "\(folder)/\(name)"
        guard !Directory.exists(place) else {
            throw SnapshotFault(409, "there is a snapshot \(name) already; remove it first, or choose another name")
        }
        let draft = try SnapshotDraft(in: folder)
        defer { draft.remove() }
        try fill(draft.data)
        let bytes = try FilePlacing.sync(draft.data)
        let snapshot = Snapshot(name: name, version: version, created: now, bytes: bytes)
        try FilePlacing.write(JSON.write(snapshot.stored), to: "\(draft.data)/\(Snapshot.file)")
        try FileSync.sync("\(draft.data)/\(Snapshot.file)")
        try FileSync.sync(draft.data)
        do {
            try FilePlacing.move(draft.data, to: place)
        } catch {
            // No folder takes the place of one that is not empty.
            guard Directory.exists(place) else { throw error }
            throw SnapshotFault(409, "another process has made a snapshot \(name) meanwhile")
        }
        try FileSync.sync(folder)
        return snapshot
    }

    func remove(_ name: String) throws {
        _ = try find(name)
        let draft = try SnapshotDraft(in: folder)
        defer { draft.remove() }
        // Gone at once, whatever becomes of its files.
        try FilePlacing.move("\(folder)/\(name)", to: "\(draft.data)/\(name)")
        try FileSync.sync(folder)
    }

    // MARK: Use

    /// A data directory of a snapshot's contents for a server in memory, beside the snapshots, so that files can be shared; it goes with the draft.
    package func draft(of name: String) throws -> SnapshotDraft {
        _ = try find(name)
        let draft = try SnapshotDraft(in: folder)
        do {
            try copy(name, to: draft.data)
            return draft
        } catch {
            draft.remove()
            throw error
        }
    }

    /// Puts a snapshot's contents into a data directory that no server uses, and that has nothing: what somebody has kept is never removed.
    package func unpack(_ name: String, into directory: String) throws {
        _ = try find(name)
        try Directory.create(directory)
        let lock = try Directory.lock(directory)
        defer { withExtendedLifetime(lock) {} }
        let present = Self.contents.filter { Directory.exists("\(directory)/\($0)") }
        guard present.isEmpty else {
            let entries = present.joined(separator: ", ")
            throw SnapshotFault(
                409,
                "the data directory \(directory) has data already (\(entries)). Give an empty one, or move away what this one has"
            )
        }
        let fresh = "\(directory)/.snapshot"
        FilePlacing.remove(fresh)
        defer { FilePlacing.remove(fresh) }
        try Directory.create(fresh)
        try copy(name, to: fresh)
        // What this version cannot open is no start.
        try StoreVersion.check(fresh)
        _ = try FilePlacing.sync(fresh)
        // The database comes last, when the rest is in its place for good: a directory without it is refused, or empty.
        for entry in Self.contents.reversed() where Directory.exists("\(fresh)/\(entry)") {
            if entry == Self.contents.first { try FileSync.sync(directory) }
            try FilePlacing.move("\(fresh)/\(entry)", to: "\(directory)/\(entry)")
        }
        try FileSync.sync(directory)
    }

    /// What a data directory has of a store; its certificate is the server's and not of the data.
    private static let contents = [
        "personalite.sqlite", "personalite.sqlite-wal", "personalite.sqlite-shm", "personalite.sqlite.checksums", "log", "objects", "models",
        "datasets",
        "damaged", "set-aside",
    ]

    /// - Parameter target: an empty folder.
    private func copy(_ name: String, to target: String) throws {
        let before = FileState(path: "\(folder)/\(name)/\(Snapshot.file)")
        try Self.copy("\(folder)/\(name)", to: target)
        // Another process may have removed it, and even have made another of its name.
        guard let before, before == FileState(path: "\(folder)/\(name)/\(Snapshot.file)") else {
            throw SnapshotFault(409, "the snapshot \(name) was removed while it was copied")
        }
    }

    private static func copy(_ source: String, to target: String) throws {
        try FileCopy.copy("\(source)/personalite.sqlite", to: "\(target)/personalite.sqlite")
        let segments = try FilePlacing.names("\(source)/log").filter { $0.hasSuffix(".log") }
        try copy("log", source, target) { $0 == "manifest" || $0 == segments.last }
        for name in ["datasets", "models", "objects"] { try copy(name, source, target) { _ in false } }
    }

    /// - Parameter isWritten: whether a server writes to the file again, by its name.
    private static func copy(_ folder: String, _ source: String, _ target: String, _ isWritten: (String) -> Bool) throws {
        try Directory.create("\(target)/\(folder)")
        for name in try FilePlacing.names("\(source)/\(folder)") {
            let path = "\(folder)/\(name)"
            if Directory.isDirectory("\(source)/\(path)") {
                try copy(path, source, target, isWritten)
            } else if isWritten(name) {
                try FileCopy.copy("\(source)/\(path)", to: "\(target)/\(path)")
            } else {
                guard try FilePlacing.link("\(source)/\(path)", to: "\(target)/\(path)") else {
                    throw SnapshotFault(409, "\(source)/\(path) is gone")
                }
            }
        }
    }
}

/// A folder of the library that is being made, or that a server in memory works in. Nobody lists it; it is its holder's until he ends.
package final class SnapshotDraft: Sendable {
    private static let prefix = ".draft-"
    /// What it is called until it is locked: another process may be looking for what was left.
    private static let unlockedPrefix = ".new-"
    private let path: String
    private let lock: Mutex<DirectoryLock?>

    /// An empty folder.
    package var data: String { "\(path)/data" }

    init(in folder: String) throws {
        try Directory.create(folder)
        try SnapshotLibrary.checkOwner(folder)
        Self.removeAbandoned(in: folder)
        let name = HexText.random(digits: 16)
        let unlocked = "\(folder)/\(Self.unlockedPrefix)\(name)"
        try Directory.create("\(unlocked)/data")
        path = "\(folder)/\(Self.prefix)\(name)"
        lock = Mutex(try Directory.lock(unlocked))
        try FilePlacing.move(unlocked, to: path)
    }

    /// Removes it with all in it.
    package func remove() {
        FilePlacing.remove(path)
        lock.withLock { $0 = nil }
    }

    /// Removes what was left by processes that have ended.
    private static func removeAbandoned(in folder: String) {
        for name in Directory.names(folder) where name.hasPrefix(prefix) {
            guard let lock = try? Directory.lock("\(folder)/\(name)") else { continue }
            FilePlacing.remove("\(folder)/\(name)")
            withExtendedLifetime(lock) {}
        }
        let now = Int(SystemTime().now.milliseconds / 1000)
        for name in Directory.names(folder) where name.hasPrefix(unlockedPrefix) {
            // Nobody takes a minute for the lock.
            guard let made = FileState(path: "\(folder)/\(name)")?.seconds, now - made > 60 else { continue }
            FilePlacing.remove("\(folder)/\(name)")
        }
    }
}
