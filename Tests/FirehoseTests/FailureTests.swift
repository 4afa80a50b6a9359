import Dispatch
import Synchronization
import Testing

@testable import FirehoseEmulator
@testable import ServiceKit
@testable import Streams
@testable import Wire

/// What goes wrong on the way, and who comes at the same time.
@Suite struct FailureTests {
    private let buckets = Buckets()
    private let time = ManualTime()
    private let store: Store
    private let service: FirehoseService

    init() throws {
        store = try Store(directory: nil)
        service = .delivering(to: buckets, store, time)
    }

    private var call: Call { Call(account: "111111111111", region: "eu-west-1", now: time.now, requestID: "test") }
    private let named: Document = .members([("DeliveryStreamName", .string("s"))])

    private func make(_ more: [(name: String, value: Document?)] = [], source: Bool = false) throws {
        let destination: [(name: String, value: Document?)] = [
            ("RoleARN", .string("arn:aws:iam::111111111111:role/r")), ("BucketARN", .string("arn:aws:s3:::out")),
        ]
        var input: [(name: String, value: Document?)] = [
            ("DeliveryStreamName", .string("s")), ("ExtendedS3DestinationConfiguration", .members(destination + more)),
        ]
        if source {
            let arn = "arn:aws:kinesis:eu-west-1:111111111111:stream/source"
            input += [
                ("DeliveryStreamType", .string("KinesisStreamAsSource")),
                ("KinesisStreamSourceConfiguration", .members([("KinesisStreamARN", .string(arn)), ("RoleARN", .string("r"))])),
            ]
        }
        _ = try service.createDeliveryStream(.members(input), call)
    }

    private func put(_ text: String, count: Int = 1) throws {
        let records = (0..<count).map { _ in Document.members([("Data", .bytes(Array(text.utf8)))]) }
        _ = try service.putRecordBatch(.members([("DeliveryStreamName", .string("s")), ("Records", .list(records))]), call)
    }

    private let backup: [(name: String, value: Document?)] = [
        ("S3BackupMode", .string("Enabled")),
        ("S3BackupConfiguration", .members([("RoleARN", .string("r")), ("BucketARN", .string("arn:aws:s3:::backup"))])),
    ]

    @Test func `a delivery that cannot succeed writes nothing, and is not tried again at once`() throws {
        try make(backup)
        try put("a")
        time.advance(bySeconds: 300)
        buckets.missing.withLock { $0 = ["out"] }
        service.deliverDue()
        let asked = buckets.asked.withLock { $0 }
        for _ in 0..<5 { service.deliverDue() }
        #expect(buckets.texts == [])
        #expect(buckets.asked.withLock { $0 } == asked)
        buckets.missing.withLock { $0 = ["backup"] }
        service.clockWasSet()
        service.deliverDue()
        #expect(buckets.texts == [])
        buckets.missing.withLock { $0 = [] }
        service.clockWasSet()
        service.deliverDue()
        #expect(buckets.texts == ["a", "a"])
    }

    @Test func `a bucket that vanishes on the way is not made again`() throws {
        try make()
        try put("a")
        time.advance(bySeconds: 300)
        buckets.duringWrite.withLock { $0 = { [buckets] in buckets.missing.withLock { $0 = ["out"] } } }
        service.deliverDue()
        #expect(buckets.texts == [] && buckets.asked.withLock { $0 } == 1)
        #expect(service.registry.all.map(\.progress.serial) == [0])
        buckets.duringWrite.withLock { $0 = nil }
        buckets.missing.withLock { $0 = [] }
        service.clockWasSet()
        service.deliverDue()
        #expect(buckets.texts == ["a"])
    }

    @Test func `segments with records of a stream that cannot be read are kept`() throws {
        try make()
        let known = try #require(service.registry.all.first)
        try store.write { transaction in
            let table = RecordTable(transaction.database, account: "111111111111", region: "eu-west-1")
            try table.put("firehose", "broken", .object(Document.Fields()))
        }
        let next = FirehoseService.delivering(to: buckets, store, time)
        func restore(_ identity: UInt64, _ segment: UInt64) throws {
            var summary = DeliverySummary()
            summary.add(DeliveryFrame(identity: identity, serial: 0, arrival: time.now, records: [[1]]).encoded()[...], at: 40)
            try next.restore(SegmentSummary(segment: segment, parts: [DeliveryFrame.kind: summary.encoded()[...]]))
        }
        try restore(known.identity &+ 1, 5)
        #expect(next.registry.segments == [])
        try next.restore()
        #expect(next.registry.all.map(\.key.name) == ["s"])
        // The second has records of the stream that is known, and they are delivered.
        for (identity, segment) in [(known.identity &+ 1, 7), (known.identity, 8)] as [(UInt64, UInt64)] { try restore(identity, segment) }
        #expect(next.registry.segments == [7])
        next.forget()
        #expect(next.registry.segments == [])
    }

    @Test func `a source whose records cannot be delivered is one try in a turn`() throws {
        buckets.shards.withLock { $0.names = ["a"] }
        try make([("BufferingHints", .members([("SizeInMBs", .integer(1)), ("IntervalInSeconds", .integer(0))]))], source: true)
        buckets.missing.withLock { $0 = ["out"] }
        service.deliverDue()
        #expect(buckets.asked.withLock { $0 } == 1)
        #expect(service.registry.all.map(\.bytes) == [1])
    }

    @Test func `the pause between tries grows to a minute`() throws {
        try make()
        let (stream, now) = (try #require(service.registry.all.first), DispatchTime(uptimeNanoseconds: 1 << 40))
        for seconds in [1, 2, 4, 8, 16, 32, 60, 60] {
            stream.failed(at: now)
            #expect(stream.isWaiting(at: now + .milliseconds(seconds * 1000 - 1)))
            #expect(!stream.isWaiting(at: now + .seconds(seconds)))
        }
        stream.retryAtOnce()
        #expect(!stream.isWaiting(at: now))
    }

    @Test func `records of a byte cost what they take of memory`() throws {
        try make()
        var batches = 0
        #expect(throws: ServiceError.self) {
            while batches < 2000 {
                try put("x", count: 500)
                batches += 1
            }
        }
        #expect(batches > 500 && batches < 1100)
        #expect(service.memory.held > 64 << 20)
        service.deliverDue()
        #expect(buckets.texts.map(\.count) == [batches * 500])
        #expect(service.memory.held == 0)
    }

    @Test func `nothing is added to a stream that is forgotten`() throws {
        try make()
        try put("a")
        let stream = try #require(service.registry.all.first)
        service.forget()
        stream.add(DeliveryBatch(.shard("a", last: "1", source: nil), arrival: time.now, [DeliveryRecord(data: [1], arrival: time.now)]))
        #expect(throws: PutFault.self) { _ = try stream.put([[1]], at: time.now, service.recordLog) }
        #expect(service.memory.held == 0 && stream.isEmpty)
    }

    @Test func `a stream that is being deleted accepts nothing that it would drop`() throws {
        try make()
        try put("a")
        let refused = Mutex(0)
        buckets.duringWrite.withLock { hook in
            hook = { [self] in
                do { try put("late") } catch { refused.withLock { $0 += 1 } }
            }
        }
        _ = try service.deleteDeliveryStream(named, call)
        #expect(refused.withLock { $0 } == 1)
        #expect(buckets.texts == ["a"])
        #expect(service.registry.all.isEmpty && service.memory.held == 0)
    }

    @Test func `a deletion that was cut off delivers before it removes`() throws {
        try make()
        try put("a")
        try service.change("s", call) { $0.isDeleting = true }
        service.deliverDue()
        #expect(buckets.texts == ["a"])
        #expect(service.registry.all.isEmpty)
        #expect(try store.read { try DeliveryTable.all($0) }.isEmpty)
    }

    @Test func `a change that comes with the deletion leaves no row behind`() throws {
        for _ in 0..<100 {
            try make()
            DispatchQueue.concurrentPerform(iterations: 4) { index in
                if index == 0 {
                    _ = try? service.deleteDeliveryStream(named, call)
                } else {
                    for _ in 0..<5 { try? service.change("s", call) { $0.tags = [] } }
                }
            }
            try #require(service.registry.all.isEmpty)
            try #require(try store.read { try DeliveryTable.all($0) }.isEmpty)
        }
    }

    @Test func `positions in a source that is gone are not its successor's`() throws {
        try make()
        let stream = try #require(service.registry.all.first)
        var progress = DeliveryProgress()
        progress.sourceCreated = 2
        stream.begin(progress)
        let batches = [
            DeliveryBatch(.shard("a", last: "7", source: 1), arrival: time.now, []), DeliveryBatch(.shardEnd("b", source: 1), arrival: time.now, []),
            DeliveryBatch(.shard("c", last: "8", source: 2), arrival: time.now, []), DeliveryBatch(.shardEnd("d", source: 2), arrival: time.now, []),
        ]
        #expect(stream.progress(after: batches).shards == ["c": "8", "d": DeliveryProgress.end])
    }

    @Test func `a shard that cannot be read does not keep the others`() throws {
        buckets.shards.withLock { $0 = (["a", "b", "c"], ["b"]) }
        try make(source: true)
        time.advance(bySeconds: 1)
        service.clockWillBeSet()
        time.advance(bySeconds: 300)
        service.deliverDue()
        #expect(buckets.texts.map { $0.sorted() } == [["a", "c"]])
        #expect(service.registry.all.map { $0.progress.shards } == [["a": DeliveryProgress.end, "c": DeliveryProgress.end]])
    }
}
