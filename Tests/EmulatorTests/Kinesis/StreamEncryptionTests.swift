import FoundationEssentials
import SQLite
import Sealing
import Synchronization
import Testing
import Wire

@testable import Emulator
@testable import KinesisEmulator
@testable import PersonalizeEmulator
@testable import ServiceKit
@testable import Streams

/// Records of encrypted streams at rest.
@Suite struct StreamEncryptionTests {
    private static let start = #"{"StreamName":"s","EncryptionType":"KMS","KeyId":"alias/k"}"#

    /// A data directory, and beside it the file of the key.
    private func withHome(_ body: (_ directory: String, _ key: String) throws -> Void) throws {
        try withDataDirectory { home in
            try Directory.create(home)
            try body(home + "/data", home + "/key")
        }
    }

    private func open(_ directory: String, _ key: String?, time: ManualTime = ManualTime()) throws -> KinesisHarness {
        try KinesisHarness(directory: directory, time: time) { $0.encryptionKeyFile = key }
    }

    /// The sentence with which a server does not start.
    private func failure(_ directory: String, _ key: String?) -> String? {
        do {
            let harness = try EmulatorHarness(directory: directory) { $0.encryptionKeyFile = key }
            harness.emulator.shutdown()
            return nil
        } catch {
            return "\(error)"
        }
    }

    /// The files of a directory in which a text stands.
    private func files(_ directory: String, with text: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: directory).filter { name in
            guard let data = FileManager.default.contents(atPath: "\(directory)/\(name)") else { return false }
            return data.firstRange(of: Data(text.utf8)) != nil
        }
    }

    private func payloads(_ harness: KinesisHarness) throws -> [[UInt8]] {
        var found: [[UInt8]] = []
        _ = try harness.recordLog.replay { _, payload, _ in found.append(Array(payload)) }
        return found
    }

    /// Where the seal stands in a sealed entry.
    private static func seal(_ payload: [UInt8]) -> [UInt8] { Array(payload[45..<73]) }

    @Test(arguments: [
        (
            key: String(repeating: "0", count: 64), nonce: String(repeating: "0", count: 24), head: "", text: String(repeating: "0", count: 32),
            sealed: "cea7403d4d606b6e074ec5d3baf39d18", tag: "d0d1c8a799996bf0265b98b5d48ab919"
        ),
        (
            key: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", nonce: "cafebabefacedbaddecaf888",
            head: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
            text: "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
            sealed: "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
            tag: "76fc6ece0f4e1768cddf8853bb2d551b"
        ),
    ])
    func `AES-256-GCM gives what its authors publish`(
        vector: (key: String, nonce: String, head: String, text: String, sealed: String, tag: String)
    ) {
        func bytes(_ hex: String) -> [UInt8] {
            let digits = Array(hex)
            return stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
        }
        var (text, tag) = (bytes(vector.text), [UInt8](repeating: 0, count: 16))
        let (key, nonce, head) = (bytes(vector.key), bytes(vector.nonce), bytes(vector.head))
        let isSealed = text.withUnsafeMutableBytes { text in
            tag.withUnsafeMutableBytes { tag in head.withUnsafeBytes { AES256GCM.seal(text, tag: tag, key: key, nonce: nonce, head: $0) } }
        }
        #expect(isSealed)
        #expect((Hex.text(text), Hex.text(tag)) == (vector.sealed, vector.tag))
        func open(_ text: [UInt8], _ tag: [UInt8], _ head: [UInt8]) -> [UInt8]? {
            var text = text
            let isOpen = text.withUnsafeMutableBytes { text in
                head.withUnsafeBytes { AES256GCM.open(text, tag: tag, key: key, nonce: nonce, head: $0) }
            }
            return isOpen ? text : nil
        }
        #expect(open(text, tag, head) == bytes(vector.text))
        #expect(open(text, tag, head + [0]) == nil)
        for index in tag.indices {
            var other = tag
            other[index] ^= 1
            #expect(open(text, other, head) == nil)
        }
        for index in text.indices {
            var other = text
            other[index] ^= 0x80
            #expect(open(other, tag, head) == nil)
        }
    }

    @Test func `a data directory shows nothing of what was put while the stream was encrypted`() throws {
        try withHome { directory, key in
            let first = try open(directory, key)
            try first.create()
            try first.put("in the open", key: "openkey")
            try first.ask("StartStreamEncryption", Self.start)
            for number in 0..<100 { try first.put("secret-\(number)", key: "hiddenkey") }
            try first.put(String(repeating: "long secret ", count: 10_000), key: "hiddenkey")
            try first.ask("StopStreamEncryption", Self.start)
            try first.put("again in the open", key: "openkey")
            #expect(try first.read(first.iterator()).count == 103)
            first.close()
            #expect(try files(directory, with: "secret") == [])
            #expect(try files(directory, with: "hiddenkey") == [])
            // It would be found.
            #expect(try files(directory, with: "in the open").map { $0.hasPrefix("log/") } == [true])
            let second = try open(directory, key, time: first.time)
            let texts = try second.read(second.iterator())
            #expect(texts.count == 103)
            #expect(texts.first == "in the open" && texts[1] == "secret-0" && texts[100] == "secret-99" && texts.last == "again in the open")
            #expect(texts[101] == String(repeating: "long secret ", count: 10_000))
            // What is not encrypted is kept as it always was.
            #expect(try payloads(second).map { $0[0] } == [1] + [UInt8](repeating: 2, count: 101) + [1])
            second.close()
            let text = try String(contentsOfFile: key, encoding: .utf8)
            #expect(text.utf8.count == 65)
            #expect(try FileManager.default.attributesOfItem(atPath: key)[.posixPermissions] as? Int == 0o600)
            #expect(try files(directory, with: text.filter { !$0.isWhitespace }) == [])
        }
    }

    @Test func `a start without the key, or with another, says what to do and changes nothing`() throws {
        try withHome { directory, key in
            let first = try open(directory, key)
            try first.create()
            try first.ask("StartStreamEncryption", Self.start)
            try first.put("secret")
            first.close()
            #expect(
                failure(directory, nil) == """
                    the data directory \(directory) has records of encrypted streams. Start with --encryption-key FILE, the file of the key that they \
                    were encrypted with.
                    """
            )
            #expect(failure(directory, key + "-none")?.contains("the file of their key, \(key)-none, is not there") == true)
            #expect(!FileManager.default.fileExists(atPath: key + "-none"))
            try Array(String(repeating: "ab", count: 32).utf8).withUnsafeBytes { try Data($0).write(to: URL(fileURLWithPath: key + "-other")) }
            #expect(failure(directory, key + "-other")?.contains("is not the one that the records of encrypted streams in \(directory)") == true)
            for text in ["", "abc", String(repeating: "ab", count: 33), String(repeating: "xy", count: 32)] {
                try Data(text.utf8).write(to: URL(fileURLWithPath: key + "-broken"))
                #expect(failure(directory, key + "-broken")?.contains("holds no key: a key is 64 hexadecimal digits") == true)
            }
            #expect(failure(directory, directory + "/key")?.contains("Keep the key apart from what it protects") == true)
            #expect(failure(directory, directory + "/log/key")?.contains("Keep the key apart from what it protects") == true)
            #expect(failure(directory, key) == nil)
            let second = try open(directory, key, time: first.time)
            #expect(try second.read(second.iterator()) == ["secret"])
            second.close()
        }
    }

    @Test func `no two entries have the same seal, over restarts, keys and copies of the directory`() throws {
        try withHome { directory, key in
            let time = ManualTime()
            var seals: [[UInt8]] = []
            for life in 0..<4 {
                let harness = try open(directory, key, time: time)
                if life == 0 { try harness.create() }
                if life != 1 { try harness.ask("StartStreamEncryption", Self.start) }
                for number in 0..<10 { try harness.put("\(life)-\(number)") }
                if life == 3 { seals += try payloads(harness).map(Self.seal) }
                harness.close()
                if life == 2 {
                    // The same state goes on twice, with the same counters.
                    try FileManager.default.copyItem(atPath: directory, toPath: directory + "-copy")
                    let copy = try open(directory + "-copy", key, time: time)
                    for number in 0..<10 { try copy.put("copy-\(number)") }
                    seals += try payloads(copy).suffix(10).map(Self.seal)
                    #expect(try copy.read(copy.iterator()).count == 40)
                    copy.close()
                }
            }
            #expect(seals.count == 50)
            #expect(Set(seals).count == 50)
            #expect(Set(seals.map { $0[0] }) == [1, 2, 3])
            let last = try open(directory, key, time: time)
            #expect(try last.read(last.iterator()) == (0..<40).map { "\($0 / 10)-\($0 % 10)" })
            last.close()
        }
    }

    @Test func `an entry that was changed, or moved to another stream, does not open`() throws {
        try withHome { directory, key in
            let harness = try open(directory, key)
            try harness.create()
            try harness.create("t")
            for name in ["s", "t"] { try harness.ask("StartStreamEncryption", Self.start.replacing(#""s""#, with: #""\#(name)""#)) }
            try harness.put("secret")
            let payload = try #require(try payloads(harness).first)
            let keys = harness.service.streamKeys
            var count = 0
            try #require(StreamRecordFrame(payload[...])?.opened(by: keys)).forEach { key, data in
                count += 1
                #expect((String(decoding: key, as: UTF8.self), String(decoding: data, as: UTF8.self)) == ("p", "secret"))
            }
            #expect(count == 1)
            #expect(StreamRecordFrame(payload[...])?.opened(by: nil) == nil)
            for index in payload.indices.dropFirst() {
                for bit in [UInt8(1), 0x80] {
                    var other = payload
                    other[index] ^= bit
                    #expect(StreamRecordFrame(other[...])?.opened(by: keys) == nil, "byte \(index)")
                }
            }
            for length in payload.indices { #expect(StreamRecordFrame(payload[..<length]) == nil) }
            harness.close()
        }
    }

    @Test func `a sealed entry that cannot be opened costs its own records and is reported`() throws {
        try withHome { directory, key in
            let first = try open(directory, key)
            try first.create()
            try first.ask("StartStreamEncryption", Self.start)
            for number in 0..<3 { try first.put("\(number)") }
            first.close()
            let second = try open(directory, key, time: first.time)
            let reports = Reports()
            second.recordLog.observeDamage { reports.add("\($0)") }
            second.service.streamKeys.removeAll()
            try second.put("3")
            #expect(try second.read(second.iterator()) == ["3"])
            #expect(reports.count == 3)
            second.close()
        }
    }

    @Test func `a stream that was encrypted when there was no key is sealed from the first start with one`() throws {
        try withHome { directory, key in
            let first = try open(directory, nil)
            try first.create()
            try first.ask("StartStreamEncryption", Self.start)
            try first.put("plain")
            #expect(try payloads(first).map { $0[0] } == [1])
            first.close()
            let second = try open(directory, key, time: first.time)
            try second.put("sealed")
            #expect(try payloads(second).map { $0[0] } == [1, 2])
            second.close()
            let third = try open(directory, key, time: first.time)
            try third.put("sealed too")
            #expect(try third.read(third.iterator()) == ["plain", "sealed", "sealed too"])
            #expect(try third.store.read { try StreamKeyTable($0).all().map(\.name.number) } == [1])
            third.close()
        }
    }

    @Test func `segments roll, memory is given up, and records are read all the same`() throws {
        try withHome { directory, key in
            let harness = try KinesisHarness(directory: directory, rollAt: 4096) {
                $0.encryptionKeyFile = key
                $0.streamMemory = 1
            }
            try harness.create(shards: 2)
            try harness.ask("StartStreamEncryption", Self.start)
            for number in 0..<200 { try harness.put("secret-\(number)", key: "\(number)") }
            harness.service.enforceBudget()
            let texts = try harness.read(harness.iterator()) + harness.read(harness.iterator(shard: 1))
            #expect(Set(texts) == Set((0..<200).map { "secret-\($0)" }))
            #expect(harness.recordLog.segments.count > 3)
            harness.close()
            #expect(try files(directory, with: "secret-") == [])
        }
    }

    @Test func `check looks without the key, and says so`() throws {
        try withHome { directory, key in
            for isEncrypted in [true, false] {
                let directory = "\(directory)-\(isEncrypted)"
                let harness = try EmulatorHarness(directory: directory) { $0.encryptionKeyFile = key }
                _ = harness.json("Kinesis_20131202.CreateStream", #"{"StreamName":"s","ShardCount":1}"#)
                if isEncrypted { _ = harness.json("Kinesis_20131202.StartStreamEncryption", Self.start) }
                _ = harness.json("Kinesis_20131202.PutRecord", #"{"StreamName":"s","Data":"YQ==","PartitionKey":"p"}"#)
                harness.emulator.shutdown()
                var notes: [String] = []
                #expect(try StoreCheck.run(directory: directory, repairs: false) { notes.append($0) } == [])
                #expect(notes.count == (isEncrypted ? 1 : 0))
            }
        }
    }

    @Test func `a stream that is deleted takes its keys with it, and so does a reset`() throws {
        try withHome { directory, key in
            let harness = try open(directory, key)
            func count() throws -> Int { try harness.store.read { try StreamKeyTable($0).all().count } }
            try harness.create()
            for _ in 0..<3 { try harness.ask("StartStreamEncryption", Self.start) }
            #expect(try count() == 3)
            try harness.ask("DeleteStream", #"{"StreamName":"s"}"#)
            try harness.create()
            #expect(try count() == 0)
            try harness.ask("StartStreamEncryption", Self.start)
            try harness.service.reset()
            #expect(try count() == 0)
            harness.close()
            #expect(failure(directory, nil) == nil)
        }
    }

    @Test func `a key that cannot be made refuses the encryption and nothing else`() throws {
        try withHome { directory, key in
            let harness = try open(directory, key + "/in/no/folder")
            try harness.create()
            let refusal = harness.refusal("StartStreamEncryption", Self.start)
            #expect(refusal?.code == "KMSInvalidStateException")
            #expect(refusal?.hint?.contains("cannot be made") == true)
            try harness.put("a")
            #expect(try harness.ask("DescribeStream", #"{"StreamName":"s"}"#).required("StreamDescription").required("EncryptionType").text == "NONE")
            harness.close()
        }
    }
}

/// What was reported.
private final class Reports: Sendable {
    private let texts = Mutex<Set<String>>([])
    func add(_ text: String) { texts.withLock { _ = $0.insert(text) } }
    var count: Int { texts.withLock { $0.count } }
}
