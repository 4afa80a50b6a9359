import KinesisEmulator
import PersonalizeEmulator
import Recommend
import SQLite
import ServiceKit
import Streams

/// Looks through a data directory that no server uses: every row of the database, every entry of the log, every table, model and object.
///
/// With `repairs`, what is not whole is set aside into `damaged`, and all else stays. Without, nothing is changed.
package struct StoreCheck {
    /// One file, row or range of the log that is not whole.
    package struct Finding: Sendable, Equatable {
        /// The file, from the directory on; and the row, if it is one.
        package var location: String
        package var reason: String

        package var description: String { "\(location): \(reason)" }
    }

    private let directory: String
    private let aside: SetAside?
    private var findings: [Finding] = []
    /// The tables and models that the database speaks of.
    private var expected: [ExpectedFiles.Expected] = []
    /// Which record log the database knows.
    private var logIdentity: UInt64?
    /// Whether records of the log are sealed.
    private var hasSealedRecords = false

    /// - Parameter note: is told what the check could not look into.
    /// - Returns: everything that is not whole, in the order database, objects, tables, models, log.
    /// - Throws: `StartFailure` when the directory is in use, of a newer version, or not there.
    package static func run(directory: String, repairs: Bool, note: (String) -> Void = { _ in }) throws -> [Finding] {
        guard Directory.exists(directory) else { throw StartFailure("there is no data directory \(directory)") }
        do {
            let lock = try Directory.lock(directory)
            defer { withExtendedLifetime(lock) {} }
            var check = StoreCheck(directory: directory, aside: repairs ? SetAside(directory: directory) : nil)
            try ReadableFiles.check(directory)
            try check.checkVersion()
            try check.checkDatabase()
            try check.checkExpectedFiles()
            try check.checkFiles("datasets", ".table") { path, id throws(Recommend.FileFailure) in _ = try Table.load(from: path, owner: id) }
            try check.checkFiles("models", ".model") { path, id throws(Recommend.FileFailure) in _ = try TrainedModel.load(from: path, owner: id) }
            try check.checkLog()
            if check.hasSealedRecords {
                note("records of encrypted streams were looked at by their checksums alone, for which their key is not needed")
            }
            return check.findings
        } catch {
            throw StartFailure(error, directory: directory)
        }
    }

    private init(directory: String, aside: SetAside?) {
        self.directory = directory
        self.aside = aside
    }

    /// - Throws: `StartFailure` for a newer version, if what says so can be read, or could once it was corrected.
    private mutating func checkVersion() throws {
        // SQLite would remove the write-ahead log beside a database that has no byte.
        guard MissingDatabase.orphans(directory).isEmpty else { return }
        do {
            try StoreVersion.check(directory)
        } catch let error as DatabaseError where error.isDamage {
            let path = "\(directory)/personalite.sqlite"
            let damaged = try DatabaseSalvage.damagedPages(path)
            guard let aside, try DatabaseSalvage.correctPages(path, aside) else { return }
            findings += damaged.map { Finding(location: "personalite.sqlite", reason: $0) }
            do {
                try StoreVersion.check(directory)
            } catch let error as DatabaseError where error.isDamage {
                return
            }
        }
    }

    /// A check that changes nothing works on a copy: SQLite recovers its write-ahead log as it opens, and older versions are brought up to date.
    private mutating func checkDatabase() throws {
        let name = "personalite.sqlite"
        let orphans = MissingDatabase.orphans(directory)
        if !orphans.isEmpty {
            findings.append(Finding(location: name, reason: "is not there, though there are \(orphans.joined(separator: ", "))"))
            try aside?.move(MissingDatabase.writeAheadLog)
            for folder in orphans {
                for file in Directory.names("\(directory)/\(folder)") { try aside?.move("\(folder)/\(file)") }
            }
        }
        guard Directory.exists("\(directory)/\(name)") else { return }
        if let damage = WriteAheadLog.damage("\(directory)/\(name)-wal") {
            findings.append(Finding(location: "\(name)-wal", reason: damage.description))
            if let aside { try FileCopy.copy("\(directory)/\(name)-wal", to: Directory.freeName("\(try aside.folder(""))/\(name)-wal")) }
        }
        guard aside == nil else { return try checkDatabase(in: directory) }
        try TemporaryDirectory.withFolder { copy in
            for file in [name, name + "-wal"] where Directory.exists("\(directory)/\(file)") {
                try FileCopy.copy("\(directory)/\(file)", to: "\(copy)/\(file)")
            }
            try checkDatabase(in: copy)
        }
    }

    private mutating func checkDatabase(in folder: String) throws {
        let name = "personalite.sqlite"
        let path = "\(folder)/\(name)"
        var faults: [String] = []
        do {
            faults = try DatabaseSalvage.faults(path)
            findings += faults.map { Finding(location: name, reason: $0) }
            if !faults.isEmpty, let aside {
                // Whatever is wrong after that is more than single bits.
                let isWhole = try DatabaseSalvage.correctPages(path, aside) && DatabaseSalvage.faults(path).isEmpty
                if !isWhole { try DatabaseSalvage.rebuild(path, aside) }
            }
            let queue = try DatabaseQueue(path: path)
            try Migrations.run(on: queue)
            let rows = try queue.write { try RowCheck($0, directory: directory, aside: aside).run() }
            expected = try queue.read { try ExpectedFiles.all($0) }
            logIdentity = try queue.read { try LogIdentity.known(SettingTable($0)) }
            hasSealedRecords = try queue.read { try StreamKeyTable.isUsed($0) }
            try queue.close()
            findings += rows.map { Finding(location: "\(name), table \($0.table), row \($0.row)", reason: $0.reason) }
        } catch let error as DatabaseError where error.isDamage && !faults.isEmpty && aside == nil {
            // Its rows can be looked at once the page that was named is repaired.
        } catch let error as DatabaseError where error.isDamage {
            guard aside == nil else {
                // Without them no table can be found; nothing was put in the database's place.
                throw StartFailure("the pages with the definitions of the tables cannot be read, and \(name) cannot be repaired: \(error.message)")
            }
            findings.append(Finding(location: name, reason: error.message))
        }
    }

    /// A file that is known to be lost, because it was set aside or a repair has noted it, is not told of again.
    private mutating func checkExpectedFiles() throws {
        for expected in expected where !Directory.exists("\(directory)/\(expected.file)") && !SetAside.has(expected.file, in: directory) {
            findings.append(Finding(location: expected.file, reason: "is not there, and \(expected.arn) needs it"))
            try aside?.noteMissing(expected.file)
        }
    }

    private mutating func checkFiles(
        _ folder: String,
        _ suffix: String,
        _ load: (_ path: String, _ id: Int64?) throws(Recommend.FileFailure) -> Void
    ) throws {
        for name in Directory.names("\(directory)/\(folder)") where name.hasSuffix(suffix) {
            let failure: Recommend.FileFailure
            do throws(Recommend.FileFailure) {
                try load("\(directory)/\(folder)/\(name)", Int64(name.dropLast(suffix.utf8.count)))
                continue
            } catch {
                failure = error
            }
            guard failure.kind != .refused || Directory.isDirectory(failure.path) else { throw ReadableFiles.failure(failure.path, failure.reason) }
            findings.append(Finding(location: "\(folder)/\(name)", reason: failure.reason))
            try aside?.move("\(folder)/\(name)")
        }
    }

    private mutating func checkLog() throws {
        let folder = "\(directory)/log"
        if let logIdentity, let mismatch = try RecordLog.stored(in: folder).mismatch(logIdentity) {
            findings.append(Finding(location: "log", reason: mismatch.rawValue))
            guard let aside else { return }
            for name in Directory.names(folder) { try aside.move("log/\(name)") }
            let queue = try DatabaseQueue(path: "\(directory)/personalite.sqlite")
            defer { try? queue.close() }
            try queue.write { try SettingTable($0).remove(LogIdentity.setting) }
        }
        guard Directory.exists(folder) else { return }
        let damages = try RecordLog.check(directory: folder, movingDamagedTo: try aside?.folder("log"))
        findings += damages.map {
            $0.reason == .badManifest
                ? Finding(location: "log/manifest", reason: $0.reason.rawValue)
                : Finding(location: "log segment \($0.segment)", reason: "\($0.bytes) bytes at offset \($0.offset): \($0.reason.rawValue)")
        }
    }
}
