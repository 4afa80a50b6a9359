import Foundation
import Testing
import Wire

@testable import Emulator
@testable import PersonalizeEmulator
@testable import ServiceKit

/// A data directory that goes away while the server runs.
@Suite struct DirectoryWatchTests {
    private func status(_ harness: EmulatorHarness, _ method: String, _ path: String) -> Int {
        harness.answer(WireRequest(method: method, path: path, headers: ["host": "localhost"])).status
    }

    @Test(arguments: ["", "/personalite.sqlite", "/personalite.sqlite-wal", "/log", "/objects", "/lock"])
    func `writes are refused until it is back`(name: String) throws {
        let folder = TemporaryFolder()
        let harness = try EmulatorHarness(directory: folder.path + "/data")
        let watch = try #require(harness.emulator.parts.watch)
        harness.emulator.parts.resume()
        _ = harness.json("Kinesis_20131202.CreateStream", #"{"StreamName":"s","ShardCount":1}"#)
        watch.look()
        #expect(!watch.isGone)
        let path = folder.path + "/data" + name
        try FileManager.default.moveItem(atPath: path, toPath: folder.path + "/away")
        watch.look()
        #expect(status(harness, "GET", "/_personalite/ready") == 503)
        let put = harness.json("Kinesis_20131202.PutRecord", #"{"StreamName":"s","Data":"aGk=","PartitionKey":"k"}"#)
        #expect(put.status == 503)
        #expect(put.text.contains("data directory"))
        #expect(harness.json("AmazonPersonalize.CreateDatasetGroup", #"{"name":"g"}"#).status == 503)
        #expect(status(harness, "PUT", "/bucket") == 503)
        #expect(status(harness, "POST", "/_personalite/reset") == 503)
        #expect(harness.answer(WireRequest(method: "POST", path: "/events", headers: ["host": "localhost"], body: Array("{}".utf8))).status == 503)
        guard case .refuse(let refusal) = harness.emulator.admit(WireRequest(method: "PUT", path: "/bucket/k", headers: ["host": "localhost"])) else {
            Issue.record("an upload was admitted")
            return
        }
        #expect(refusal.status == 503)
        #expect(harness.json("Kinesis_20131202.ListStreams", "{}").status == 200)
        try FileManager.default.moveItem(atPath: folder.path + "/away", toPath: path)
        watch.look()
        #expect(status(harness, "GET", "/_personalite/ready") == 200)
        #expect(harness.json("AmazonPersonalize.CreateDatasetGroup", #"{"name":"g"}"#).status == 200)
        harness.emulator.shutdown()
    }

    @Test func `another directory in its place is not it`() throws {
        let folder = TemporaryFolder()
        let harness = try EmulatorHarness(directory: folder.path + "/data")
        let watch = try #require(harness.emulator.parts.watch)
        try FileManager.default.moveItem(atPath: folder.path + "/data", toPath: folder.path + "/away")
        try FileManager.default.copyItem(atPath: folder.path + "/away", toPath: folder.path + "/data")
        watch.look()
        #expect(watch.isGone)
        harness.emulator.shutdown()
    }

    @Test func `the newest segment of the log may not go, older ones may`() throws {
        let folder = TemporaryFolder()
        let harness = try EmulatorHarness(directory: folder.path)
        let watch = try #require(harness.emulator.parts.watch)
        _ = harness.json("Kinesis_20131202.CreateStream", #"{"StreamName":"s","ShardCount":1}"#)
        _ = harness.json("Kinesis_20131202.PutRecord", #"{"StreamName":"s","Data":"aGk=","PartitionKey":"k"}"#)
        watch.look()
        let newest = try #require(Directory.names(folder.path + "/log").last { $0.hasSuffix(".log") })
        try FileManager.default.removeItem(atPath: "\(folder.path)/log/\(newest)")
        watch.look()
        #expect(watch.isGone)
        harness.emulator.shutdown()
    }

    @Test(arguments: ["replaced", "cut"], ["segment", "database"])
    func `another file in the place of one, or a shorter one, is noticed`(change: String, kind: String) throws {
        let folder = TemporaryFolder()
        let harness = try EmulatorHarness(directory: folder.path)
        _ = harness.json("Kinesis_20131202.CreateStream", #"{"StreamName":"s","ShardCount":1}"#)
        for _ in 0..<20 { _ = harness.json("Kinesis_20131202.PutRecord", #"{"StreamName":"s","Data":"aGk=","PartitionKey":"k"}"#) }
        // Under `--sync interval` what was written is certain within a second; here when the server ends.
        harness.emulator.shutdown()
        let again = try EmulatorHarness(directory: folder.path)
        let watch = try #require(again.emulator.parts.watch)
        watch.look()
        #expect(!watch.isGone)
        let segment = try #require(Directory.names(folder.path + "/log").last { $0.hasSuffix(".log") })
        let path = kind == "segment" ? "\(folder.path)/log/\(segment)" : "\(folder.path)/personalite.sqlite"
        if change == "replaced" {
            try FileManager.default.copyItem(atPath: path, toPath: path + ".copy")
            #expect(rename(path + ".copy", path) == 0)
        } else {
            #expect(truncate(path, 100) == 0)
        }
        watch.look()
        #expect(watch.isGone && watch.reason.contains(path))
        again.emulator.shutdown()
    }
}
