import FoundationEssentials
import SQLite
import Testing
import Wire

@testable import Emulator
@testable import PersonalizeEmulator
@testable import S3Emulator
@testable import ServiceKit

/// What `personalite check` finds, and what its repair keeps.
@Suite struct StoreCheckTests {
    private static func flip(_ path: String, at offset: Int) throws {
        let url = URL(fileURLWithPath: path)
        var bytes = Array(try Data(contentsOf: url))
        bytes[offset < 0 ? bytes.count + offset : offset] ^= 0x10
        try Data(bytes).write(to: url)
    }

    private static func execute(_ sql: String, _ directory: String) throws {
        let queue = try DatabaseQueue(path: directory + "/personalite.sqlite")
        try queue.access { database in
            try database.execute(sql)
            #expect(database.changesCount > 0, "\(sql)")
        }
        try queue.close()
    }

    private static func withStore(_ body: (String) throws -> Void) throws {
        try StartTests.withCopy(of: try #require(StartTests.earlier.first), body)
    }

    private static func locations(_ directory: String, repairs: Bool) throws -> [String] {
        try StoreCheck.run(directory: directory, repairs: repairs).map(\.location)
    }

    @Test func `a whole directory has no findings, and a check changes nothing`() throws {
        try Self.withStore { directory in
            let before = try StartTests.files(directory)
            #expect(try StoreCheck.run(directory: directory, repairs: false) == [])
            var after = try StartTests.files(directory)
            after["lock"] = nil
            #expect(after == before)
        }
    }

    @Test(arguments: [
        ("datasets/5.table", 100), ("datasets/6.table", -1), ("models/12.model", 5000), ("objects/01/1", 77), ("objects/04/4", 0),
        ("objects/05/5", 2),
    ])
    func `a flipped bit in a file costs that file`(file: String, offset: Int) throws {
        try Self.withStore { directory in
            guard FileManager.default.fileExists(atPath: "\(directory)/\(file)") else {
                Issue.record("there is no \(file)")
                return
            }
            try Self.flip("\(directory)/\(file)", at: offset)
            #expect(try Self.locations(directory, repairs: false).count == 1)
            #expect(try Self.locations(directory, repairs: true).count == 1)
            #expect(FileManager.default.fileExists(atPath: "\(directory)/damaged/\(file)"))
            #expect(try StoreCheck.run(directory: directory, repairs: false) == [])
            #expect(StartTests.failure(directory) == nil)
        }
    }

    @Test func `a row that cannot be read is set aside, and the server starts without it`() throws {
        for sql in [
            "UPDATE resource SET status = 'LIMBO' WHERE kind = 'campaign'", "UPDATE resource SET body = x'7b' WHERE kind = 'filter'",
            "UPDATE stream SET mode = 'LIMBO'", "UPDATE shard SET first_key = 'x' WHERE number = 1", "UPDATE consumer SET status = 'LIMBO'",
            "UPDATE object SET details = x'00' WHERE blob = 4", "UPDATE part SET algorithm = 'LATER'",
            "UPDATE bucket SET created = 9223372036854775807",
        ] {
            try Self.withStore { directory in
                try Self.execute(sql, directory)
                let findings = try StoreCheck.run(directory: directory, repairs: true)
                #expect(findings.count == 1 && findings[0].location.contains("table "), "\(sql): \(findings)")
                #expect(try StoreCheck.run(directory: directory, repairs: false) == [], "\(sql)")
                let lines = try String(contentsOfFile: directory + "/damaged/rows.jsonl", encoding: .utf8).split(separator: "\n")
                #expect(lines.count == 1 && (try? JSON.parse(Array(lines[0].utf8))) != nil)
                #expect(StartTests.failure(directory) == nil, "\(sql)")
            }
        }
    }

    @Test func `what a deletion leaves to be described once more is no damage`() throws {
        let folder = TemporaryFolder()
        let harness = try EmulatorHarness(directory: folder.path)
        for operation in ["Create", "Delete"] {
            let member = operation == "Create" ? #""name":"g""# : #""datasetGroupArn":"arn:aws:personalize:us-east-1:000000000000:dataset-group/g""#
            #expect(harness.json("AmazonPersonalize.\(operation)DatasetGroup", "{\(member)}").status == 200)
        }
        harness.emulator.shutdown()
        #expect(try StoreCheck.run(directory: folder.path, repairs: true) == [])
        let again = try EmulatorHarness(directory: folder.path)
        defer { again.emulator.shutdown() }
        let described = again.json(
            "AmazonPersonalize.DescribeDatasetGroup",
            #"{"datasetGroupArn":"arn:aws:personalize:us-east-1:000000000000:dataset-group/g"}"#
        )
        #expect(described.text.contains("DELETE PENDING"))
    }

    @Test func `a dataset without its schema is set aside with its rows`() throws {
        try Self.withStore { directory in
            try Self.execute("DELETE FROM resource WHERE arn LIKE '%:schema/films-items'", directory)
            #expect(try Self.locations(directory, repairs: true).count == 1)
            #expect(FileManager.default.fileExists(atPath: directory + "/damaged/datasets/6.table"))
            #expect(StartTests.failure(directory) == nil)
        }
    }

    @Test func `damage to the log costs the entry that it hit, or none when it hit the header`() throws {
        let log = "log/0000000000000001.log"
        for (offset, isEntry) in [(3, false), (9, false), (17, false), (21, false), (60, true)] {
            try Self.withStore { directory in
                try Self.flip("\(directory)/\(log)", at: offset)
                #expect(try Self.locations(directory, repairs: false).isEmpty == false)
                _ = try Self.locations(directory, repairs: true)
                #expect(try StoreCheck.run(directory: directory, repairs: false) == [], "\(offset)")
                let sizes = try ["\(directory)/\(log)", "\(directory)/damaged/\(log)"].map { path in
                    try Data(contentsOf: URL(fileURLWithPath: path)).count
                }
                #expect(isEntry ? sizes[0] < sizes[1] : sizes[0] == sizes[1], "\(offset)")
                #expect(StartTests.failure(directory) == nil)
            }
        }
    }

    /// Wherever it is: on the pages that say how the others are to be read, in a row's text, in a checksum.
    @Test func `a flipped bit of the database is told by a start and costs nothing once it is repaired`() throws {
        try Self.withStore { directory in
            try Store(directory: directory).close()
            let path = directory + "/personalite.sqlite"
            let whole = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
            #expect(try StoreCheck.run(directory: directory, repairs: false) == [])
            for offset in [3, 20, 28, 60, 99, 2000, 4096, 4096 + 100, 2 * 4096 - 1] + Array(stride(from: 2 * 4096 + 77, to: whole.count, by: 3001)) {
                try Self.flip(path, at: offset)
                let expected = ["page \(offset / 4096 + 1): its checksum is wrong"]
                #expect(try StoreCheck.run(directory: directory, repairs: false).map(\.reason) == expected, "\(offset)")
                #expect(try StoreCheck.run(directory: directory, repairs: true).map(\.reason) == expected, "\(offset)")
                #expect(try StoreCheck.run(directory: directory, repairs: false) == [], "\(offset)")
                #expect(Array(try Data(contentsOf: URL(fileURLWithPath: path))) == whole, "\(offset)")
            }
            try Self.flip(path, at: 4096 + 100)
            #expect(StartTests.failure(directory)?.contains("its checksum is wrong") == true)
        }
    }

    @Test func `a damaged page costs what was on it`() throws {
        try Self.withStore { directory in
            let queue = try DatabaseQueue(path: directory + "/personalite.sqlite")
            let (root, rows) = try queue.read { database in
                let page = try database.fetchOne(Int.self, "SELECT rootpage FROM sqlite_master WHERE name = 'tag'") ?? 0
                return (page, try database.fetchOne(Int.self, "SELECT count(*) FROM resource") ?? 0)
            }
            try queue.close()
            // The first byte of a page says what it is.
            try Self.flip(directory + "/personalite.sqlite", at: (root - 1) * 4096)
            #expect(try !StoreCheck.run(directory: directory, repairs: false).isEmpty)
            #expect(try !StoreCheck.run(directory: directory, repairs: true).isEmpty)
            #expect(try StoreCheck.run(directory: directory, repairs: false).map { "\($0)" } == [])
            let repaired = try DatabaseQueue(path: directory + "/personalite.sqlite")
            #expect(try repaired.read { try $0.fetchOne(Int.self, "SELECT count(*) FROM resource") } == rows)
            try repaired.close()
            #expect(StartTests.failure(directory) == nil)
        }
    }
}
