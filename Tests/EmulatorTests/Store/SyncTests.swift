import Dispatch
import FoundationEssentials
import SQLite
import Logging
import Synchronization
import Testing
import Wire

@testable import Emulator
@testable import PersonalizeEmulator
@testable import S3Emulator
@testable import ServiceKit

/// Paths, from whatever thread they come.
private final class FailureList: Sendable {
    private let list = Mutex<[String]>([])

    var paths: [String] { list.withLock { $0 } }

    func add(_ path: String) {
        list.withLock { $0.append(path) }
    }
}

/// What `--sync` asks of the database and of objects.
@Suite struct SyncTests {
    @Test func `with always each transaction is synced, with interval it is noted`() throws {
        try withDataDirectory { directory in
            for (isAlways, pragma) in [(true, 2), (false, 1)] {
                let store = try Store(directory: directory, sync: isAlways ? .always : .interval)
                #expect(try store.read { try $0.fetchOne(Int.self, "PRAGMA synchronous") } == pragma)
                let write = { try store.write { try SettingTable($0.database).set("n", [1]) } }
                if let sync = store.delayedSync {
                    sync.flush()
                    // On its queue, so that it does not sync meanwhile.
                    try sync.queue.sync {
                        try write()
                        #expect(sync.noted == [directory + "/personalite.sqlite-wal"])
                    }
                } else {
                    #expect(isAlways)
                    try write()
                }
                store.close()
                #expect(store.delayedSync?.noted ?? [] == [])
            }
        }
    }

    @Test func `a start takes to the disk what was written shortly before the end of the last run`() throws {
        try withDataDirectory { directory in
            try Store(directory: directory).close()
            let files = ["objects/01/1", "objects/02/2", "objects/03/3", "models/4.model", "datasets/5.table"].map { "\(directory)/\($0)" }
            for file in files {
                try Directory.create(String(file[..<(file.lastIndex(of: "/") ?? file.endIndex)]))
                try Data(count: 1).write(to: URL(fileURLWithPath: file))
            }
            // One that was synced long before.
            try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -3600)], ofItemAtPath: files[1])
            let folders = ["", "/datasets", "/models", "/objects", "/objects/01", "/objects/03"].map { directory + $0 }
            let wanted = Set(files + folders + [directory + "/personalite.sqlite"]).subtracting([files[1]])
            #expect(Set(UnsyncedFiles.paths(directory)) == wanted)
            let store = try Store(directory: directory)
            #expect(store.delayedSync?.noted == wanted)
            store.close()
            #expect(store.delayedSync?.noted == [])
            // With always there is no later.
            try Store(directory: directory, sync: .always).close()
        }
    }

    @Test func `with interval an object's bytes, its folder and its row are noted`() throws {
        try withDataDirectory { directory in
            let harness = try EmulatorHarness(directory: directory)
            let sync = try #require(harness.emulator.parts.store.delayedSync)
            let call = Call(account: "000000000000", region: "us-east-1", now: harness.time.now, requestID: "test")
            let objects = directory + "/objects"
            try sync.queue.sync {
                try harness.emulator.parts.s3.write(bucket: "films", key: "a", [1, 2, 3], call)
                #expect(sync.noted == [directory + "/personalite.sqlite-wal", objects, objects + "/01", objects + "/01/1"])
            }
            sync.flush()
            #expect(sync.noted.isEmpty)
            harness.emulator.shutdown()
        }
    }

    @Test func `a file that cannot be synced is reported and tried again, one that is gone is not`() throws {
        try withDataDirectory { directory in
            try Directory.create(directory)
            let failures = FailureList()
            let sync = DelayedSync { path, _ in failures.add(path) }
            let loop = directory + "/loop"
            try FileManager.default.createSymbolicLink(atPath: loop, withDestinationPath: loop)
            sync.note(loop)
            sync.note(directory + "/gone")
            sync.flush()
            #expect(Set(failures.paths) == [loop])
            sync.queue.sync { #expect(sync.noted == [loop]) }
        }
    }
}
