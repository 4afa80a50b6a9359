import Dispatch
import Logging
import Streams
import Synchronization
import Testing
import Wire

@testable import Emulator
@testable import KinesisEmulator
@testable import PersonalizeEmulator
@testable import ReferenceApp
@testable import S3Emulator
@testable import ServiceKit

@Suite struct ReferenceArchiveTests {
    /// An archive beside a stream, and the bucket it writes to.
    private struct Stage {
        let harness: KinesisHarness
        let objects = ObjectsInMemory()
        let queue = DispatchQueue(label: "test")
        let archive: ReferenceArchive
        let follower: StreamFollower
        let checkpoints: Checkpoints

        init(objects failing: (any ObjectSink)? = nil) throws {
            harness = try KinesisHarness()
            try harness.create("my-stream")
            let stream = try harness.service.stream("my-stream", nil, harness.call())
            let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            checkpoints = Checkpoints(store: harness.store, name: "archive", stream: stream.id, log: log)
            archive = ReferenceArchive(objects: failing ?? objects, checkpoints: checkpoints, queue: queue, log: log) { [harness] in harness.call() }
            follower = StreamFollower(stream, queue: queue, time: harness.time, checkpoints: checkpoints, taker: archive) { true }
            follower.start()
        }

        func rest() {
            for _ in 0..<50 { queue.sync {} }
        }

        var written: [String] {
            get throws { try objects.keys(bucket: ReferenceArchive.bucket, prefix: "", account: "") }
        }

        func contents() throws -> String {
            var bytes: [UInt8] = []
            for key in try written {
                try objects.read(bucket: ReferenceArchive.bucket, key: key, account: "") { piece in
                    bytes += piece
                    return true
                }
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    @Test func `records gather until their time has come and then are one object`() throws {
        let stage = try Stage()
        for text in ["one", "two", "three"] { try stage.harness.put(text, into: "my-stream") }
        stage.rest()
        stage.archive.flushIfDue()
        #expect(try stage.written == [])
        stage.harness.time.advance(bySeconds: ReferenceArchive.interval)
        stage.archive.flushIfDue()
        #expect(try stage.contents() == "onetwothree")
        let key = try #require(try stage.written.first)
        #expect(key.hasPrefix("2023/11/14/22/my-stream-1-2023-11-14-22-13-2"))
        #expect(stage.checkpoints.position(of: 0)?.counter == 4)
        stage.follower.stop()
    }

    @Test func `a mebibyte is written at once`() throws {
        let stage = try Stage()
        let large = String(repeating: "x", count: 700_000)
        for _ in 0..<2 { try stage.harness.put(large, into: "my-stream") }
        stage.rest()
        #expect(try stage.contents().utf8.count == 1_400_000)
        stage.follower.stop()
    }

    @Test func `what cannot be written is kept and no more is taken than fits`() throws {
        let objects = RefusingObjects()
        let stage = try Stage(objects: objects)
        let large = String(repeating: "x", count: 1_000_000)
        for _ in 0..<4 { try stage.harness.put(large, into: "my-stream") }
        stage.rest()
        #expect(stage.checkpoints.position(of: 0) == nil)
        objects.refuses.withLock { $0 = false }
        for _ in 0..<4 {
            stage.queue.sync { stage.archive.flush() }
            stage.rest()
        }
        #expect(objects.taken.withLock { $0 } == 4_000_000)
        #expect(stage.checkpoints.position(of: 0)?.counter == 5)
        stage.follower.stop()
    }
}

/// A bucket on a disk that is full, until it is not.
private final class RefusingObjects: ObjectSink {
    let refuses = Mutex(true)
    let taken = Mutex(0)

    func write(bucket: String, key: String, _ bytes: [UInt8], _ call: Call) throws(ServiceError) {
        if refuses.withLock({ $0 }) { throw ServiceError("InternalError", "no room", status: 500) }
        taken.withLock { $0 += bytes.count }
    }
}
