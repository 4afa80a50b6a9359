import Dispatch
import FoundationEssentials
import Logging
import SQLite
import Synchronization
import Testing

@testable import Emulator
@testable import KinesisEmulator
@testable import ServiceKit
@testable import Streams

/// Keys of encrypted streams: how the first is made, and what damage costs.
@Suite struct StreamKeyTests {
    private static let start = #"{"StreamName":"s","EncryptionType":"KMS","KeyId":"alias/k"}"#

    private func withHome(_ body: (_ directory: String, _ key: String) throws -> Void) throws {
        try withDataDirectory { home in
            try Directory.create(home)
            try body(home + "/data", home + "/key")
        }
    }

    private func open(_ directory: String, _ key: String?, time: ManualTime = ManualTime()) throws -> KinesisHarness {
        try KinesisHarness(directory: directory, time: time) { $0.encryptionKeyFile = key }
    }

    @Test func `who makes the file of the key at the same time has the same key`() throws {
        try withHome { (_, key) throws in
            let found = Mutex<[[UInt8]]>([])
            DispatchQueue.concurrentPerform(iterations: 16) { _ in
                guard let made = try? MasterKey.create(key) else { return }
                found.withLock { $0.append(made.fingerprint) }
            }
            let fingerprints = found.withLock { $0 }
            #expect(fingerprints.count == 16)
            #expect(Set(fingerprints).count == 1)
            let loaded = try MasterKey.load(key)
            #expect(loaded?.fingerprint == fingerprints.first)
            let folder = String(key.dropLast("/key".count))
            #expect(Directory.names(folder) == ["key"])
            let mode = try FileManager.default.attributesOfItem(atPath: key)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
    }

    @Test func `a link into the data directory is no place for the key either`() throws {
        try withHome { directory, key in
            let first = try open(directory, nil)
            first.close()
            try Array(String(repeating: "ab", count: 32).utf8).withUnsafeBytes { try Data($0).write(to: URL(fileURLWithPath: directory + "/hidden")) }
            try FileManager.default.createSymbolicLink(atPath: key, withDestinationPath: directory + "/hidden")
            #expect(throws: (any Error).self) { try open(directory, key) }
            try FileManager.default.removeItem(atPath: key)
            let second = try open(directory, key)
            second.close()
        }
    }

    @Test func `a key that is damaged costs what it sealed, and its number is not given again`() throws {
        try withHome { directory, key in
            let first = try open(directory, key)
            try first.create()
            for number in 1...3 {
                try first.ask("StartStreamEncryption", Self.start)
                try first.put("\(number)")
            }
            // A bit of the second key, and the third is cut short.
            try first.store.write { transaction in
                let settings = SettingTable(transaction.database)
                var names = try StreamKeyTable(transaction.database).all().map { StreamKeyTable.setting($0.name) }
                var second = try #require(try settings[names[1]])
                second[30] ^= 1
                try settings.set(names[1], second)
                names.removeFirst(2)
                try settings.set(names[0], [1, 2, 3])
            }
            first.close()
            // What only the key could tell is not found without it.
            let findings = try StoreCheck.run(directory: directory, repairs: false)
            #expect(findings.map(\.reason) == ["this is no key of a stream"])
            let second = try open(directory, key, time: first.time)
            #expect(try second.read(second.iterator()) == ["1"])
            try second.ask("StartStreamEncryption", Self.start)
            try second.put("4")
            #expect(try second.store.read { try StreamKeyTable($0).all().map(\.name.number) } == [1, 2, 3, 4])
            #expect(try second.read(second.iterator()) == ["1", "4"])
            second.close()
            #expect(try StoreCheck.run(directory: directory, repairs: true).count == 1)
            #expect(try StoreCheck.run(directory: directory, repairs: false) == [])
            let third = try open(directory, key, time: first.time)
            try third.ask("StartStreamEncryption", Self.start)
            #expect(try third.store.read { try StreamKeyTable($0).all().map(\.name.number) } == [1, 2, 4, 5])
            #expect(try third.read(third.iterator()) == ["1", "4"])
            third.close()
        }
    }

    @Test func `a flipped bit in a sealed entry costs that entry, and a repair the same`() throws {
        try withHome { directory, key in
            let first = try open(directory, key)
            try first.create()
            try first.ask("StartStreamEncryption", Self.start)
            var payloads: [[UInt8]] = []
            for number in 0..<5 { try first.put("secret-\(number)") }
            _ = try first.recordLog.replay { _, payload, _ in payloads.append(Array(payload)) }
            first.close()
            let log = try #require(Directory.names(directory + "/log").first { $0.hasSuffix(".log") })
            let path = URL(fileURLWithPath: "\(directory)/log/\(log)")
            var bytes = try Data(contentsOf: path)
            let place = try #require(bytes.firstRange(of: Data(payloads[2])))
            bytes[place.upperBound - 20] ^= 4
            try bytes.write(to: path)
            #expect(try StoreCheck.run(directory: directory, repairs: false).count == 1)
            #expect(try StoreCheck.run(directory: directory, repairs: true).count == 1)
            #expect(try StoreCheck.run(directory: directory, repairs: false) == [])
            let second = try open(directory, key, time: first.time)
            #expect(try second.read(second.iterator()) == ["secret-0", "secret-1", "secret-3", "secret-4"])
            try second.put("secret-5")
            second.close()
            let third = try open(directory, key, time: first.time)
            #expect(try third.read(third.iterator()).suffix(2) == ["secret-4", "secret-5"])
            third.close()
        }
    }
}
