import FoundationEssentials
import SQLite
import Testing
import Wire

@testable import Emulator
@testable import KinesisEmulator
@testable import PersonalizeEmulator
@testable import S3Emulator

/// What a start says of a directory that it cannot read, and that it leaves it as it is.
@Suite struct StartTests {
    /// The small directories of earlier versions.
    static let earlier: [String] = (try? earlierStores()) ?? []

    private static func earlierStores() throws -> [String] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../../testdata/stores").standardized.path
        return try FileManager.default.contentsOfDirectory(atPath: root).sorted().map { "\(root)/\($0)" }
    }

    static func withCopy(of store: String, _ body: (String) throws -> Void) throws {
        try withDataDirectory { directory in
            try FileManager.default.copyItem(atPath: store, toPath: directory)
            try body(directory)
        }
    }

    /// Why a start fails; nil when it does not.
    static func failure(_ directory: String) -> String? {
        do {
            try EmulatorHarness(directory: directory).emulator.shutdown()
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test func `there are directories of earlier versions`() {
        #expect(!Self.earlier.isEmpty)
    }

    @Test(arguments: earlier)
    func `a directory of an earlier version opens with all that it holds`(store: String) throws {
        try Self.withCopy(of: store) { directory in
            let harness = try EmulatorHarness(directory: directory)
            let arn = "arn:aws:personalize:us-east-1:000000000000"
            let described = harness.json("AmazonPersonalize.DescribeCampaign", #"{"campaignArn":"\#(arn):campaign/films-c"}"#)
            #expect(described.text.contains(#""status":"ACTIVE""#))
            let body = Array(#"{"campaignArn":"\#(arn):campaign/films-c","userId":"u1","numResults":5}"#.utf8)
            let asked = WireRequest(method: "POST", path: "/recommendations", headers: ["host": "localhost"], body: body)
            #expect(try JSON.parse(harness.answer(asked).text).required("itemList").items.count == 5)
            let stream = harness.json("Kinesis_20131202.DescribeStreamSummary", #"{"StreamName":"clicks"}"#)
            #expect(stream.text.contains(#""OpenShardCount":3"#) && stream.text.contains(#""ConsumerCount":1"#))
            let iterator = try JSON.parse(
                harness.json(
                    "Kinesis_20131202.GetShardIterator",
                    #"{"StreamName":"clicks","ShardId":"shardId-000000000001","ShardIteratorType":"TRIM_HORIZON"}"#
                ).text
            ).required("ShardIterator").text
            let records = try JSON.parse(harness.json("Kinesis_20131202.GetRecords", #"{"ShardIterator":"\#(iterator)"}"#).text)
            #expect(!records.required("Records").items.isEmpty)
            let object = harness.answer(WireRequest(method: "GET", path: "/films/a%20b.txt", headers: ["host": "localhost"]))
            #expect(object.status == 200)
            harness.emulator.shutdown()
        }
    }

    @Test func `a directory of a newer version is refused with a sentence and stays as it is`() throws {
        let store = try #require(Self.earlier.first)
        for statement in ["PRAGMA user_version = 99", "INSERT INTO grdb_migrations (identifier) VALUES ('99: from the future')"] {
            try Self.withCopy(of: store) { directory in
                let queue = try DatabaseQueue(path: directory + "/personalite.sqlite")
                try queue.access { try $0.execute(statement) }
                try queue.close()
                let before = try Self.files(directory)
                #expect(Self.failure(directory)?.contains("newer version") == true)
                var after = try Self.files(directory)
                after["lock"] = nil
                #expect(after == before)
            }
        }
    }

    static func files(_ directory: String) throws -> [String: Data] {
        var files: [String: Data] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: directory) {
            if let bytes = FileManager.default.contents(atPath: "\(directory)/\(path)") { files[path] = bytes }
        }
        return files
    }

    /// What may stand in a row that is damaged or of another version, and what a start says of it.
    private static let damages: [(sql: String, words: String)] = [
        ("UPDATE resource SET status = 'LIMBO' WHERE kind = 'campaign'", "the status LIMBO is unknown"),
        ("UPDATE resource SET body = x'7b' WHERE kind = 'filter'", "the body is no JSON"),
        ("UPDATE resource SET body = CAST('{\"name\":1}' AS BLOB) WHERE kind = 'solution'", "the body does not fit the model"),
        ("UPDATE resource SET body = CAST('{\"jobOutput\":{}}' AS BLOB) WHERE kind = 'dataset-export-job'", "the body lacks jobOutput"),
        ("UPDATE resource SET step = -1 WHERE kind = 'dataset-export-job'", "the status lasts"),
        ("UPDATE resource SET changed = 9223372036854775807 WHERE kind = 'event-tracker'", "the column changed holds no time"),
        (
            "UPDATE resource SET body = CAST(replace(CAST(body AS TEXT), 'INTERACTIONS', 'DREAMS') AS BLOB) WHERE kind = 'dataset'",
            "the dataset type DREAMS is unknown"
        ),
        (
            "UPDATE resource SET body = CAST(replace(CAST(body AS TEXT), 'aws-user-', 'aws-later-') AS BLOB) WHERE kind = 'solution-version'",
            "recipe/aws-later-personalization is unknown"
        ),
        ("UPDATE resource SET body = CAST(replace(CAST(body AS TEXT), 'record', 'row') AS BLOB) WHERE kind = 'schema'", "the type must be record"),
        ("DELETE FROM resource WHERE kind = 'schema'", "is not there"),
        ("UPDATE stream SET status = 'LIMBO'", "the status LIMBO is unknown"),
        ("UPDATE stream SET mode = 'LIMBO'", "the mode LIMBO is unknown"),
        ("UPDATE stream SET retention_hours = 9223372036854775807", "hours"),
        ("UPDATE stream SET next_shard = 99999999999", "the column next_shard holds no whole number of its range"),
        ("UPDATE stream SET next_shard = 1", "a number that is still to be given"),
        ("UPDATE shard SET first_key = 'x'", "hash keys are no range"),
        ("UPDATE shard SET next_counter = -1", "next_counter"),
        ("DELETE FROM shard WHERE closed IS NULL", "do not cover the hash keys"),
    ]

    @Test func `a row that cannot be read ends the start with its table, its name and the reason`() throws {
        let store = try #require(Self.earlier.first)
        for damage in Self.damages {
            try Self.withCopy(of: store) { directory in
                let queue = try DatabaseQueue(path: directory + "/personalite.sqlite")
                try queue.access { database in
                    try database.execute(damage.sql)
                    #expect(database.changesCount > 0, "\(damage.sql)")
                }
                try queue.close()
                let words = Self.failure(directory) ?? "it starts"
                #expect(words.contains("personalite.sqlite, table ") && words.contains(damage.words), "\(damage.sql): \(words)")
            }
        }
    }

    @Test func `rows that only a request reads answer it with an error`() throws {
        let store = try #require(Self.earlier.first)
        let damages = [
            ("UPDATE object SET details = x'00'", "/films/a%20b.txt", ""), ("UPDATE object SET size = -1", "/films/a%20b.txt", ""),
            ("UPDATE part SET algorithm = 'LATER'", "/films/big", "uploadId=UPLOAD"),
            ("UPDATE bucket SET created = 9223372036854775807", "/films", ""),
        ]
        for (sql, path, query) in damages {
            try Self.withCopy(of: store) { directory in
                let queue = try DatabaseQueue(path: directory + "/personalite.sqlite")
                let upload = try queue.access { database in
                    try database.execute(sql)
                    return try database.fetchOne(String.self, "SELECT id FROM upload") ?? ""
                }
                try queue.close()
                let harness = try EmulatorHarness(directory: directory)
                let query = query.replacing("UPLOAD", with: upload)
                #expect(harness.answer(WireRequest(method: "GET", path: path, query: query, headers: ["host": "localhost"])).status == 500, "\(sql)")
                harness.emulator.shutdown()
            }
        }
    }
}
