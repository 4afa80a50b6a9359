import Foundation
import SQLite
import Testing
import Wire

@testable import Emulator
@testable import KinesisEmulator
@testable import PersonalizeEmulator
@testable import S3Emulator
@testable import ServiceKit

/// `POST /_personalite/reset` on a data directory.
@Suite struct ResetTests {
    private func reset(_ harness: EmulatorHarness) -> Int {
        harness.answer(WireRequest(method: "POST", path: "/_personalite/reset", headers: ["host": "localhost"])).status
    }

    private func put(_ harness: EmulatorHarness, _ key: String, _ text: String) throws {
        let call = Call(account: "000000000000", region: "us-east-1", now: harness.time.now, requestID: "test")
        try harness.emulator.parts.s3.write(bucket: "bucket", key: key, Array(text.utf8), call)
    }

    private func get(_ harness: EmulatorHarness, _ key: String) throws -> String {
        var bytes: [UInt8] = []
        try harness.emulator.parts.s3.read(bucket: "bucket", key: key, account: "000000000000") { piece in
            bytes += piece
            return true
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func `objects of after a reset meet no number of before the next start`() throws {
        let folder = TemporaryFolder()
        let first = try EmulatorHarness(directory: folder.path)
        for number in 0..<3 { try put(first, "a\(number)", "old") }
        #expect(reset(first) == 200)
        for number in 0..<5 { try put(first, "b\(number)", "keep \(number)") }
        first.emulator.shutdown()
        let second = try EmulatorHarness(directory: folder.path)
        for number in 0..<10 { try put(second, "c\(number)", "new") }
        for number in 0..<5 { #expect(try get(second, "b\(number)") == "keep \(number)") }
        second.emulator.shutdown()
    }

    @Test func `a reset that cannot be done leaves everything`() throws {
        let folder = TemporaryFolder()
        let harness = try EmulatorHarness(directory: folder.path)
        try put(harness, "k", "text")
        _ = harness.json("AmazonPersonalize.CreateDatasetGroup", #"{"name":"g"}"#)
        _ = harness.json("Kinesis_20131202.CreateStream", #"{"StreamName":"s","ShardCount":1}"#)
        _ = harness.answer(
            WireRequest(method: "POST", path: "/_personalite/clock", headers: ["host": "localhost"], body: Array(#"{"advance":1000}"#.utf8))
        )
        let ahead = harness.emulator.parts.time.ahead
        try harness.emulator.parts.store.write { transaction in
            try transaction.database.execute("CREATE TRIGGER obstacle BEFORE DELETE ON bucket BEGIN SELECT RAISE(ABORT, 'no'); END")
        }
        #expect(reset(harness) == 500)
        #expect(harness.json("AmazonPersonalize.ListDatasetGroups", "{}").text.contains("dataset-group/g"))
        #expect(harness.json("Kinesis_20131202.ListStreams", "{}").text.contains("\"s\""))
        #expect(try get(harness, "k") == "text")
        #expect(harness.emulator.parts.time.ahead == ahead)
        try harness.emulator.parts.store.write { try $0.database.execute("DROP TRIGGER obstacle") }
        #expect(reset(harness) == 200)
        #expect(harness.json("AmazonPersonalize.ListDatasetGroups", "{}").text == #"{"datasetGroups":[]}"#)
        #expect(!harness.json("Kinesis_20131202.ListStreams", "{}").text.contains("\"s\""))
        #expect(harness.emulator.parts.time.ahead == 0)
        harness.emulator.shutdown()
    }

    @Test func `a number whose file is there is stepped over, and none is below the files`() throws {
        let folder = TemporaryFolder()
        let store = try Store(directory: folder.path)
        let blobs = try BlobStore(store: store, syncs: false)
        func write(_ blobs: BlobStore) throws -> Int64 {
            var writer = blobs.writer()
            writer.append(Array("text".utf8)[...])
            return try writer.finish()
        }
        let first = try write(blobs)
        for number in [first + 1, first + 2] {
            let parent = "\(folder.path)/objects/\(Hex.text([UInt8(number)]))"
            try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
            #expect(FileManager.default.createFile(atPath: "\(parent)/\(number)", contents: Data("another's".utf8)))
        }
        #expect(try write(blobs) == first + 3)
        try store.write { try $0.database.execute("DELETE FROM setting") }
        #expect(try write(try BlobStore(store: store, syncs: false)) > first + 3)
        let kept = "\(folder.path)/objects/\(Hex.text([UInt8(first + 1)]))/\(first + 1)"
        #expect(FileManager.default.contents(atPath: kept) == Data("another's".utf8))
        store.close()
    }
}
