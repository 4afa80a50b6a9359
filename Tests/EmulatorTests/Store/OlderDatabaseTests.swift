import FoundationEssentials
import SQLite
import Testing
import Wire

@testable import Emulator
@testable import PersonalizeEmulator
@testable import S3Emulator
@testable import ServiceKit

/// What happens to files when the database beside them is gone, is older than they are, or has lost its last transactions.
@Suite struct OlderDatabaseTests {
    private static func withStore(_ body: (String) throws -> Void) throws {
        try StartTests.withCopy(of: try #require(StartTests.earlier.first), body)
    }

    private static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    @Test func `a directory without its database is refused, and stays as it is`() throws {
        for leavesEmptyFile in [false, true] {
            try Self.withStore { directory in
                for suffix in ["", "-wal", "-shm"] { Directory.removeFile("\(directory)/personalite.sqlite\(suffix)") }
                if leavesEmptyFile { try Data().write(to: URL(fileURLWithPath: "\(directory)/personalite.sqlite")) }
                let before = try StartTests.files(directory)
                let words = StartTests.failure(directory) ?? "it starts"
                #expect(words.contains("has datasets, models, objects, log, but not the database"), "\(words)")
                var after = try StartTests.files(directory)
                after["lock"] = before["lock"]
                #expect(after == before)
                #expect(try StoreCheck.run(directory: directory, repairs: true).map(\.location) == ["personalite.sqlite"])
                #expect(StartTests.failure(directory) == nil)
                #expect(Self.exists("\(directory)/damaged/models/12.model"))
            }
        }
    }

    @Test func `files that an older database does not know are set aside, those of deleted rows go`() throws {
        try Self.withStore { directory in
            let copies = [("models/12.model", "models/900.model"), ("datasets/5.table", "datasets/901.table")]
            for (file, copy) in copies { try FileCopy.copy("\(directory)/\(file)", to: "\(directory)/\(copy)") }
            try FileCopy.copy("\(directory)/models/12.model", to: "\(directory)/models/1.model")
            let harness = try EmulatorHarness(directory: directory)
            harness.emulator.shutdown()
            for (_, copy) in copies {
                #expect(!Self.exists("\(directory)/\(copy)") && Self.exists("\(directory)/set-aside/\(copy)"), "\(copy)")
            }
            #expect(!Self.exists("\(directory)/models/1.model") && !Self.exists("\(directory)/set-aside/models/1.model"))
            #expect(Self.exists("\(directory)/models/12.model"))
        }
    }

    @Test func `the files of objects that no row names are set aside`() throws {
        try Self.withStore { directory in
            try Directory.create("\(directory)/objects/84")
            try FileCopy.copy("\(directory)/objects/01/1", to: "\(directory)/objects/84/900")
            let store = try Store(directory: directory)
            defer { store.close() }
            try BlobStore(store: store, syncs: false).setAsideUnclaimed()
            #expect(!Self.exists("\(directory)/objects/84/900") && Self.exists("\(directory)/set-aside/objects/84/900"))
            #expect(Self.exists("\(directory)/objects/01/1"))
        }
    }

    /// A database whose last transactions are in its write-ahead log only.
    private static func withLog(_ body: (_ directory: String, _ log: [UInt8]) throws -> Void) throws {
        try withDataDirectory { directory in
            try Directory.create(directory)
            let queue = try DatabaseQueue(path: "\(directory)/a.sqlite") { try $0.execute("PRAGMA journal_mode = WAL") }
            try queue.access { database in
                try database.execute("CREATE TABLE number (value INTEGER)")
                for number in 1...20 { try database.execute("INSERT INTO number (value) VALUES (?)", [number]) }
            }
            let log = Array(try Data(contentsOf: URL(fileURLWithPath: "\(directory)/a.sqlite-wal")))
            let main = Array(try Data(contentsOf: URL(fileURLWithPath: "\(directory)/a.sqlite")))
            try queue.close()
            try Data(main).write(to: URL(fileURLWithPath: "\(directory)/b.sqlite"))
            try body(directory, log)
        }
    }

    private static func rows(_ directory: String, _ log: [UInt8]) throws -> Int {
        for suffix in ["", "-wal", "-shm"] { Directory.removeFile("\(directory)/c.sqlite\(suffix)") }
        try FileCopy.copy("\(directory)/b.sqlite", to: "\(directory)/c.sqlite")
        try Data(log).write(to: URL(fileURLWithPath: "\(directory)/c.sqlite-wal"))
        let queue = try DatabaseQueue(path: "\(directory)/c.sqlite")
        defer { try? queue.close() }
        do {
            return try queue.read { try $0.fetchOne(Int64.self, "SELECT count(*) FROM number") }.map { Int($0) } ?? 0
        } catch {
            return 0
        }
    }

    private static func damage(_ log: [UInt8]) -> WriteAheadLog.Damage? {
        WriteAheadLog.damage { offset, count in offset + count <= log.count ? Array(log[offset..<offset + count]) : nil }
    }

    @Test func `a flipped bit of the write-ahead log is found whenever SQLite loses transactions by it`() throws {
        try Self.withLog { directory, log in
            #expect(Self.damage(log) == nil && Self.damage([]) == nil)
            #expect(try Self.rows(directory, log) == 20)
            for offset in stride(from: 0, to: log.count, by: 331) {
                var flipped = log
                flipped[offset] ^= 1 << UInt8(offset % 8)
                let lost = try 20 - Self.rows(directory, flipped)
                #expect(lost == 0 || Self.damage(flipped) != nil, "byte \(offset): \(lost) rows are lost")
            }
            for offset in 0..<32 {
                var flipped = log
                flipped[offset] ^= 1
                #expect(try Self.rows(directory, flipped) == 20 || Self.damage(flipped) != nil, "byte \(offset) of the header")
            }
        }
    }

    @Test func `a log that was cut off is not damaged`() throws {
        try Self.withLog { _, log in
            for length in [0, 31, 32, 33, 32 + 4120, log.count - 1] { #expect(Self.damage(Array(log.prefix(length))) == nil, "\(length)") }
        }
    }

    @Test func `a last frame that is not whole is told apart from damage, and one such log is kept`() throws {
        try Self.withLog { directory, log in
            let data = "\(directory)/data"
            try Directory.create(data)
            for byte in [100, 200] {
                var torn = log
                torn[log.count - byte] ^= 1
                #expect(Self.damage(torn)?.isLastFrame == true)
                try FileCopy.copy("\(directory)/b.sqlite", to: "\(data)/personalite.sqlite")
                try Data(torn).write(to: URL(fileURLWithPath: "\(data)/personalite.sqlite-wal"))
                let findings = try StoreCheck.run(directory: data, repairs: false).filter { $0.location == "personalite.sqlite-wal" }
                #expect(findings.count == 1 && findings[0].reason.contains("was killed while it wrote it"), "\(findings)")
                try Store(directory: data).close()
                #expect(Directory.names("\(data)/damaged") == ["personalite.sqlite-wal-unfinished"])
                #expect(Array(try Data(contentsOf: URL(fileURLWithPath: "\(data)/damaged/personalite.sqlite-wal-unfinished"))) == torn)
                Directory.removeFile("\(data)/personalite.sqlite")
                Directory.removeFile("\(data)/personalite.sqlite-wal")
            }
            var flipped = log
            flipped[32 + 24 + 100] ^= 1
            #expect(Self.damage(flipped)?.isLastFrame == false)
        }
    }

    @Test func `a start after damage to the write-ahead log keeps it as it was, and says so`() throws {
        try Self.withLog { directory, log in
            var flipped = log
            flipped[32 + 24 + 100] ^= 4
            let data = "\(directory)/data"
            try Directory.create(data)
            try FileCopy.copy("\(directory)/b.sqlite", to: "\(data)/personalite.sqlite")
            try Data(flipped).write(to: URL(fileURLWithPath: "\(data)/personalite.sqlite-wal"))
            let findings = try StoreCheck.run(directory: data, repairs: false).filter { $0.location == "personalite.sqlite-wal" }
            #expect(findings.count == 1 && findings[0].reason.contains("frame 1"), "\(findings)")
            let store = try Store(directory: data)
            store.close()
            #expect(Array(try Data(contentsOf: URL(fileURLWithPath: "\(data)/damaged/personalite.sqlite-wal"))) == flipped)
        }
    }
}
