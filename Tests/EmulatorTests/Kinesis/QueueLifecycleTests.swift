import Dispatch
import FoundationEssentials
import Streams
import Synchronization
import Testing
import Wire

@testable import Emulator
@testable import KinesisEmulator
@testable import PersonalizeEmulator
@testable import ServiceKit

/// Who waits for records of a queue, and what time, deletions, restarts and power cuts do to it.
@Suite struct QueueLifecycleTests {
    private let harness: KinesisHarness

    init() throws { harness = try Queues.make() }

    private func receive(_ arn: String) throws -> [Queues.Got] { try Queues.receive(harness, arn) }

    // MARK: Waiting

    @Test func `a put, a timeout and a deletion wake who waits`() throws {
        let arn = try Queues.queue(harness)
        let first = try Queues.Waiting(harness, arn)
        #expect(first.isWaiting)
        try harness.put("a")
        let got = try first.answer()
        #expect(got.map(\.text) == ["a"] && got.map(\.count) == [1])
        let second = try Queues.Waiting(harness, arn)
        #expect(second.isWaiting)
        harness.time.advance(bySeconds: 30)
        harness.service.clockWasSet()
        #expect(try second.answer().map(\.count) == [2])
        let (third, fourth) = (try Queues.Waiting(harness, arn), try Queues.Waiting(harness, arn, dead: true))
        #expect(third.isWaiting && fourth.isWaiting)
        try harness.ask("DeleteQueue", #"{"QueueARN":"\#(arn)"}"#)
        #expect(try third.answer().isEmpty && fourth.answer().isEmpty)
    }

    @Test func `who waits is answered with nothing when the time of the machine is over`() throws {
        let waiting = try Queues.Waiting(harness, try Queues.queue(harness))
        harness.time.advance(bySeconds: 100)
        #expect(waiting.isWaiting)
        harness.machine.advance(bySeconds: 20)
        #expect(try waiting.answer().isEmpty)
    }

    @Test func `a receiver that comes behind the end of its queue is answered at once`() throws {
        let arn = try Queues.queue(harness)
        let hosted = try harness.service.receivingQueue(arn, harness.call())
        try harness.ask("DeleteQueue", #"{"QueueARN":"\#(arn)"}"#)
        let order = DeliveryQueue.Order(family: .records, limit: 10, visibility: 1000, maximum: nil)
        let late = QueueReceiver(order, of: hosted, seconds: 20, machine: harness.machine)
        hosted.wait(late)
        guard case .answer(let document) = late.next(isEnding: false, {}) else {
            Issue.record("it waits for a queue that is gone")
            return
        }
        #expect(Queues.got(document).isEmpty)
    }

    @Test func `a receiver of a queue whose deletion has begun is answered, though nobody said that it ended`() throws {
        let harness = try Queues.make(delay: 10)
        let arn = try Queues.queue(harness)
        harness.time.advance(bySeconds: 10)
        let hosted = try harness.service.receivingQueue(arn, harness.call())
        let waiting = try Queues.Waiting(harness, arn)
        var deleting = hosted.facts(at: harness.time.now)
        deleting.enter(.deleting, at: harness.time.now, for: 10)
        try harness.store.write { [deleting] transaction in transaction.afterCommit { hosted.set(deleting, $0) } }
        hosted.look()
        #expect(try waiting.answer().isEmpty)
    }

    @Test func `records that reached nobody are received again as if they had not been`() throws {
        let arn = try Queues.queue(harness)
        let waiting = try Queues.Waiting(harness, arn)
        #expect(waiting.isWaiting)
        try harness.put("a")
        // It was handed the record, and hangs up.
        try waiting.awaitNews()
        waiting.later.close()
        var got: [Queues.Got] = []
        for _ in 0..<1000 where got.isEmpty { got = try receive(arn) }
        #expect(got.map(\.text) == ["a"] && got.map(\.count) == [1])
    }

    // MARK: Time, deletion and restarts

    @Test func `a queue is made, changed and deleted as the clock goes on, and nothing of it stays`() throws {
        let harness = try Queues.make(delay: 10)
        let arn = try Queues.queue(harness)
        func status() -> String? {
            try? harness.ask("DescribeQueue", #"{"QueueARN":"\#(arn)"}"#).required("QueueDescription").required("QueueStatus").text
        }
        #expect(status() == "CREATING")
        #expect(harness.refusal("ReceiveQueueRecords", #"{"QueueARN":"\#(arn)"}"#)?.code == "ResourceNotFoundException")
        harness.time.advance(bySeconds: 10)
        #expect(status() == "ACTIVE")
        try harness.ask("TagResource", #"{"ResourceARN":"\#(arn)","Tags":{"a":"b"}}"#)
        try harness.ask("UpdateQueue", #"{"QueueARN":"\#(arn)","QueueAttributes":{"VisibilityTimeoutSeconds":5}}"#)
        #expect(status() == "UPDATING")
        #expect(harness.refusal("UpdateQueue", #"{"QueueARN":"\#(arn)","QueueAttributes":{}}"#)?.code == "ResourceInUseException")
        try harness.put("a")
        let got = try Queues.receive(harness, arn)
        #expect(got.map(\.text) == ["a"])
        harness.time.advance(bySeconds: 10)
        try harness.ask("DeleteQueue", #"{"QueueARN":"\#(arn)"}"#)
        #expect(status() == "DELETING")
        #expect(harness.refusal("ReceiveQueueRecords", #"{"QueueARN":"\#(arn)"}"#)?.code == "ResourceNotFoundException")
        #expect(try Queues.rows("queue", harness) == 1 && Queues.rows("tag", harness) == 1)
        harness.time.advance(bySeconds: 10)
        #expect(status() == nil)
        // No operation on queues is needed for its rows and tags to go.
        harness.service.sweep(at: harness.time.now)
        #expect(try ["queue", "queue_shard", "queue_record", "tag"].map { try Queues.rows($0, harness) } == [0, 0, 0, 0])
    }

    @Test func `what a deletion left is gone with the next start`() throws {
        try withDataDirectory { directory in
            let first = try Queues.make(directory: directory, delay: 10)
            let arn = try Queues.queue(first)
            first.time.advance(bySeconds: 10)
            try first.ask("TagResource", #"{"ResourceARN":"\#(arn)","Tags":{"a":"b"}}"#)
            try first.ask("DeleteQueue", #"{"QueueARN":"\#(arn)"}"#)
            first.close()
            first.time.advance(bySeconds: 10)
            let second = try KinesisHarness(directory: directory, time: first.time)
            #expect(try Queues.rows("queue", second) == 0 && Queues.rows("tag", second) == 0)
            second.close()
        }
    }

    @Test func `a restart knows what is in flight, what is acknowledged and what is dead`() throws {
        try withDataDirectory { directory in
            let first = try Queues.make(directory: directory)
            let arn = try Queues.queue(first, attributes: #"{"DeadLetterConfiguration":{"TargetType":"BUILT_IN","MaxReceiveCount":1}}"#)
            for text in ["a", "b", "c", "d"] { try first.put(text) }
            let got = try Queues.receive(first, arn, #","Limit":3"#)
            try Queues.answer(first, "AcknowledgeQueueRecords", arn, [got[1]])
            first.close()
            let second = try KinesisHarness(directory: directory, time: first.time)
            #expect(try Queues.receive(second, arn).map(\.text) == ["d"])
            try Queues.answer(second, "AcknowledgeQueueRecords", arn, [got[2]])
            second.time.advance(bySeconds: 30)
            #expect(try Queues.receive(second, arn).isEmpty)
            #expect(try Queues.receive(second, arn, dead: true).map(\.text) == ["a", "d"])
            second.close()
        }
    }

    @Test func `a log that lost its end takes no later record from a queue`() throws {
        try withDataDirectory { directory in
            let first = try Queues.make(directory: directory)
            let arn = try Queues.queue(first)
            for text in ["a", "b"] { try first.put(text) }
            first.close()
            let (log, kept) = (directory + "/log", directory + "/kept")
            try FileManager.default.copyItem(atPath: log, toPath: kept)
            let second = try KinesisHarness(directory: directory, time: first.time)
            for text in ["lost", "lost", "lost"] { try second.put(text) }
            let got = try Queues.receive(second, arn)
            #expect(got.map(\.text) == ["a", "b", "lost", "lost", "lost"])
            second.close()
            // The power goes, and the last second of the log with it.
            try FileManager.default.removeItem(atPath: log)
            try FileManager.default.moveItem(atPath: kept, toPath: log)
            first.time.advance(bySeconds: 1)
            let third = try KinesisHarness(directory: directory, time: first.time)
            for text in ["c", "d", "e", "f"] { try third.put(text) }
            #expect(try Queues.receive(third, arn).map(\.text) == ["c", "d", "e", "f"])
            // Handles of records that are gone are none of those that have their places.
            #expect(try Queues.answer(third, "AcknowledgeQueueRecords", arn, Array(got[2...])).failed.count == 3)
            third.time.advance(bySeconds: 30)
            #expect(try Queues.receive(third, arn).map(\.text) == ["a", "b", "c", "d", "e", "f"])
            third.close()
        }
    }

    @Test func `a clock that was set back between two runs leaves nothing in flight for longer than the queue's timeout`() throws {
        try withDataDirectory { directory in
            let first = try Queues.make(directory: directory)
            let arn = try Queues.queue(first)
            try first.put("a")
            first.time.advance(bySeconds: 7200)
            #expect(try Queues.receive(first, arn).count == 1)
            first.close()
            first.time.advance(bySeconds: -7200)
            let second = try KinesisHarness(directory: directory, time: first.time)
            #expect(try Queues.receive(second, arn).isEmpty)
            second.time.advance(bySeconds: 30)
            #expect(try Queues.receive(second, arn).map(\.text) == ["a"])
            second.close()
        }
    }

    @Test func `a reset ends queues and who waits for them`() throws {
        let arn = try Queues.queue(harness)
        let waiting = try Queues.Waiting(harness, arn)
        try harness.service.reset()
        #expect(try waiting.answer().isEmpty)
        #expect(harness.refusal("DescribeQueue", #"{"QueueARN":"\#(arn)"}"#)?.code == "ResourceNotFoundException")
        #expect(try Queues.rows("queue", harness) == 0)
    }
}
