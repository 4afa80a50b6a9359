import FirehoseEmulator
import KinesisEmulator
import LogsEmulator
import PersonalizeEmulator
import S3Emulator
import SQLite
import ServiceKit
import Streams
import Wire

/// The server's state as files, while it goes on.
extension ServerComponents {
    /// Fills an empty folder with all that is acknowledged now, as a data directory.
    ///
    /// The database is held meanwhile, so what changes resources waits; and the log for the moment in which its files are opened. Whoever
    /// wrote to the log before that finds it in the copy, and every file that the database names is there.
    ///
    /// Where the folder is on another file system than the data, files cannot be shared by links, and to copy them takes its time. So all of it is put beside
    /// the data first, where that is done at once, and copied from there while the server goes on.
    func copyState(to target: String) throws {
        guard let directory = store.directory, FilePlacing.areApart(directory, target) else { return try takeState(to: target) }
        let aside = "\(directory)/\(Self.aside)"
        FilePlacing.remove(aside)
        defer { FilePlacing.remove(aside) }
        try Directory.create(aside)
        try takeState(to: aside)
        try FilePlacing.copyAll(aside, to: target)
    }

    /// What a save that was cut off leaves in a data directory until the next one, or the next start.
    static let aside = ".saving"

    private func takeState(to target: String) throws {
        guard watch?.isGone != true else { throw SnapshotFault(503, watch?.reason ?? "") }
        for folder in ["log", "datasets", "models", "objects"] { try Directory.create("\(target)/\(folder)") }
        // What functions have written is in the store then.
        logs.close()
        if store.directory == nil { try kinesis.storeShapes() }
        let database = "\(target)/personalite.sqlite"
        var identity = recordLog.identity
        var folders: Set<String> = []
        try store.queue.access { held in
            if let directory = store.directory {
                try copyLog(from: "\(directory)/log", to: "\(target)/log")
                try copyFiles("datasets", ".table", from: directory, to: target)
                try copyFiles("models", ".model", from: directory, to: target)
            } else {
                identity = try writeLog(to: target)
            }
            try s3.blobs.forEachNamed(held) { place, name in
                let path = "\(target)/\(name)"
                let folder = String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])
                if folders.insert(folder).inserted { try Directory.create(folder) }
                switch place {
                // A file that is not there is told by whoever asks for its object, in the copy as here.
                case .file(let file): try FilePlacing.link(file, to: path)
                case .bytes(let bytes): try FilePlacing.write(bytes, to: path)
                case .unnamed(let file, let length): try FilePlacing.copy(file.descriptor, bytes: length, to: path)
                }
            }
            try held.execute("VACUUM INTO ?", [database])
        }
        guard store.directory == nil else { return }
        try PageChecksums.add(in: target)
        let queue = try DatabaseQueue(path: database)
        try queue.write { try LogIdentity.keep(identity, SettingTable($0)) }
        try queue.close()
    }

    private func copyLog(from source: String, to target: String) throws {
        let (segments, manifest) = try recordLog.still { segments, manifest in
            let opened = try segments.map { segment in
                guard let file = OpenFile(reading: "\(source)/\(segment.name)") else { throw FilePlacing.failure("\(source)/\(segment.name)") }
                return (segment, file)
            }
            return (opened, manifest)
        }
        for (segment, file) in segments {
            let path = "\(target)/\(segment.name)"
            // One that was removed in the meantime is copied from what is open.
            if try !segment.isFinished || !FilePlacing.link("\(source)/\(segment.name)", to: path) {
                try FilePlacing.copy(file.descriptor, bytes: segment.bytes, to: path)
            }
            // Without it the segment is read at the next start.
            try FilePlacing.link("\(source)/\(segment.checkpointName)", to: "\(target)/\(segment.checkpointName)")
        }
        try FilePlacing.write(manifest, to: "\(target)/\(RecordLog.manifestName)")
    }

    private func copyFiles(_ folder: String, _ suffix: String, from source: String, to target: String) throws {
        for name in try FilePlacing.names("\(source)/\(folder)") where name.hasSuffix(suffix) {
            try FilePlacing.link("\(source)/\(folder)/\(name)", to: "\(target)/\(folder)/\(name)")
        }
    }

    /// What a server in memory has, in a log of its own.
    /// - Returns: the log's identity.
    private func writeLog(to target: String) throws -> UInt64 {
        let (copy, _) = try RecordLog.open(directory: "\(target)/log", summaries: Self.logSummaries)
        do {
            try kinesis.copyRecords(to: copy)
            try firehose.copyRecords(to: copy)
            try personalize.copyMemory(to: target, copy)
        } catch {
            copy.close()
            throw error
        }
        copy.close()
        if let failure = copy.syncFailure { throw failure }
        return copy.identity
    }
}
