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

/// Queues as clients use them, with clocks that stand still: the twelve operations, what they refuse, and what a queue goes through.
@Suite struct QueueServiceTests {
    private let harness: KinesisHarness

    init() throws { harness = try Queues.make() }

    private func queue(_ name: String = "q", start: String = #"{"Type":"TRIM_HORIZON"}"#, attributes: String = Queues.usual) throws -> String {
        try Queues.queue(harness, name, start: start, attributes: attributes)
    }

    private func receive(_ arn: String, _ more: String = "", dead: Bool = false) throws -> [Queues.Got] {
        try Queues.receive(harness, arn, more, dead: dead)
    }

    @discardableResult
    private func answer(_ operation: String, _ arn: String, _ records: [Queues.Got], _ more: String = "") throws -> (done: Int, failed: [String]) {
        try Queues.answer(harness, operation, arn, records, more)
    }

    // MARK: A record's way

    @Test func `a record is received, comes back, is acknowledged and never comes again`() throws {
        let arn = try queue()
        let number = try harness.put("a")
        let first = try receive(arn)
        #expect(first.map(\.text) == ["a"] && first.map(\.count) == [1] && first.map(\.id) == [number])
        harness.time.advance(bySeconds: 29.999)
        #expect(try receive(arn).isEmpty)
        harness.time.advance(bySeconds: 0.001)
        let second = try receive(arn)
        #expect(second.map(\.text) == ["a"] && second.map(\.count) == [2] && second.map(\.id) == [number])
        #expect(try answer("AcknowledgeQueueRecords", arn, first).failed == ["ResourceNotFoundException"])
        #expect(try answer("AcknowledgeQueueRecords", arn, second).done == 1)
        #expect(try answer("AcknowledgeQueueRecords", arn, second).failed == ["ResourceNotFoundException"])
        harness.time.advance(bySeconds: 3600)
        #expect(try receive(arn).isEmpty)
        #expect(try Queues.rows("queue_record", harness) == 0)
    }

    @Test func `visibility is the queue's, the receive's or the last that was said`() throws {
        let arn = try queue()
        for text in ["a", "b", "c"] { try harness.put(text) }
        let one = try receive(arn, #","Limit":1"#)
        let two = try receive(arn, #","Limit":1,"VisibilityTimeoutSeconds":100"#)
        let three = try receive(arn, #","Limit":1,"VisibilityTimeoutSeconds":0"#)
        #expect(try answer("UpdateQueueRecordsVisibility", arn, two, #","VisibilityTimeoutSeconds":10"#).done == 1)
        // It is visible, so its time is over, and there is none to change.
        #expect(try answer("UpdateQueueRecordsVisibility", arn, three, #","VisibilityTimeoutSeconds":10"#).failed == ["InvalidArgumentException"])
        #expect(try receive(arn).map(\.text) == ["c"])
        harness.time.advance(bySeconds: 10)
        #expect(try receive(arn).map(\.text) == ["b"])
        harness.time.advance(bySeconds: 20)
        #expect(try receive(arn).map(\.text) == ["a", "c"])
        #expect(one.map(\.text) == ["a"])
    }

    @Test func `a dead letter is received apart, kept, restored and acknowledged`() throws {
        let arn = try queue(attributes: #"{"VisibilityTimeoutSeconds":10,"DeadLetterConfiguration":{"TargetType":"BUILT_IN","MaxReceiveCount":2}}"#)
        for text in ["a", "b"] { try harness.put(text) }
        for _ in 0..<2 {
            #expect(try receive(arn).count == 2)
            harness.time.advance(bySeconds: 10)
        }
        #expect(try receive(arn).isEmpty)
        let dead = try receive(arn, dead: true)
        #expect(dead.map(\.text) == ["a", "b"] && dead.map(\.count) == [3, 3])
        #expect(try receive(arn, dead: true).isEmpty)
        #expect(try answer("AcknowledgeQueueRecords", arn, dead).failed == Array(repeating: "ResourceNotFoundException", count: 2))
        #expect(try answer("UpdateQueueRecordsVisibility", arn, dead, #","VisibilityTimeoutSeconds":1"#).done == 0)
        #expect(try answer("UpdateDeadLetterQueueRecordsVisibility", arn, dead, #","VisibilityTimeoutSeconds":20"#).done == 2)
        harness.time.advance(bySeconds: 19)
        #expect(try receive(arn, dead: true).isEmpty)
        #expect(try answer("RestoreDeadLetterQueueRecords", arn, [dead[0]]).done == 1)
        #expect(try answer("RestoreDeadLetterQueueRecords", arn, [dead[0]]).failed == ["ResourceNotFoundException"])
        let restored = try receive(arn)
        #expect(restored.map(\.text) == ["a"] && restored.map(\.count) == [1])
        #expect(try answer("AcknowledgeDeadLetterQueueRecords", arn, [dead[1]]).done == 1)
        #expect(try answer("AcknowledgeQueueRecords", arn, restored).done == 1)
        harness.time.advance(bySeconds: 3600)
        #expect(try receive(arn).isEmpty && receive(arn, dead: true).isEmpty)
    }

    @Test func `an update is for later receives`() throws {
        let arn = try queue()
        for text in ["a", "b"] { try harness.put(text) }
        #expect(try receive(arn, #","Limit":1"#).map(\.text) == ["a"])
        let changed = #"{"VisibilityTimeoutSeconds":5,"DeadLetterConfiguration":{"TargetType":"NONE"}}"#
        let updated = try harness.ask("UpdateQueue", #"{"QueueARN":"\#(arn)","QueueAttributes":\#(changed)}"#).required("QueueDescription")
        #expect(updated.required("QueueAttributes").required("VisibilityTimeoutSeconds").int == 5)
        #expect(try receive(arn).map(\.text) == ["b"])
        harness.time.advance(bySeconds: 5)
        #expect(try receive(arn).map(\.text) == ["b"])
        harness.time.advance(bySeconds: 25)
        #expect(Set(try receive(arn).map(\.text)) == ["a", "b"])
        for _ in 0..<20 {
            harness.time.advance(bySeconds: 5)
            #expect(try receive(arn).count == 2)
        }
    }

    @Test func `where a queue begins`() throws {
        try harness.put("old")
        harness.time.advance(bySeconds: 10)
        let middle = harness.time.now.seconds
        let latest = try queue("l", start: #"{"Type":"LATEST"}"#)
        let since = try queue("t", start: #"{"Type":"AT_TIMESTAMP","Timestamp":\#(middle)}"#)
        let all = try queue("a")
        try harness.put("new")
        #expect(try [latest, since, all].map { try receive($0).map(\.text) } == [["new"], ["new"], ["old", "new"]])
        let shown = try harness.ask("DescribeQueue", #"{"QueueARN":"\#(since)"}"#).required("QueueDescription")
        #expect(shown.required("StreamConfigurationList").items[0].required("StartingPosition").required("Timestamp").time.seconds == middle)
    }

    @Test func `queues of one stream know nothing of each other`() throws {
        let (one, two) = (try queue("one"), try queue("two"))
        try harness.put("a")
        let got = try receive(one)
        #expect(try answer("AcknowledgeQueueRecords", one, got).done == 1)
        #expect(try answer("AcknowledgeQueueRecords", two, got).failed == ["InvalidArgumentException"])
        #expect(try receive(two).map(\.text) == ["a"])
        #expect(try harness.read(harness.iterator()) == ["a"])
    }

    @Test func `splits and merges keep the order of each key, and retention ends delivery`() throws {
        let arn = try queue()
        try harness.put("a")
        let engine = try #require(harness.service.registry.withLock { $0.byKey.values.first }).engine
        try engine.split(0, at: HashRange.even(2)[1].start, now: harness.time.now.milliseconds)
        harness.time.advance(bySeconds: 1)
        try harness.put("b")
        try engine.merge(1, with: 2, now: harness.time.now.milliseconds)
        harness.time.advance(bySeconds: 1)
        try harness.put("c")
        #expect(try receive(arn, #","Limit":1"#).map(\.text) == ["a"])
        #expect(try receive(arn).map(\.text) == ["b", "c"])
        harness.time.advance(bySeconds: 30)
        #expect(try receive(arn).count == 3)
        harness.time.advance(bySeconds: 24 * 3600)
        #expect(try receive(arn).isEmpty)
        try harness.put("d")
        #expect(try receive(arn).map(\.text) == ["d"])
        #expect(try Queues.rows("queue_record", harness) == 1)
    }

    // MARK: Lists, tags, refusals

    @Test func `queues are listed by name, page and stream`() throws {
        for name in ["c", "a", "b"] { _ = try queue(name) }
        func names(_ more: String) throws -> (names: [String], next: String?) {
            let page = try harness.ask("ListQueues", "{\(more)}")
            return (page.required("QueueSummaries").items.map { $0.required("QueueName").text }, page["NextToken"]?.text)
        }
        let first = try names(#""MaxResults":2"#)
        #expect(first.names == ["a", "b"])
        #expect(try names(#""NextToken":"\#(try #require(first.next))""#).names == ["c"])
        #expect(try names(#""StreamFilter":[{"StreamARN":"\#(Queues.stream)x"}]"#).names == [])
        harness.time.advance(bySeconds: 301)
        #expect(harness.refusal("ListQueues", #"{"NextToken":"\#(first.next ?? "")"}"#)?.code == "ExpiredNextTokenException")
    }

    @Test(arguments: [
        ("CreateQueue", #""QueueName":"q","StreamConfigurationList":[{"StreamARN":"S"}]"#, "ResourceInUseException"),
        ("CreateQueue", #""QueueName":"n","StreamConfigurationList":[{"StreamARN":"S"},{"StreamARN":"S"}]"#, "ValidationException"),
        ("CreateQueue", #""QueueName":"n","StreamConfigurationList":[{"StreamARN":"Sx"}]"#, "ResourceNotFoundException"),
        (
            "CreateQueue", #""QueueName":"n","StreamConfigurationList":[{"StreamARN":"S","StartingPosition":{"Type":"AT_TIMESTAMP"}}]"#,
            "ValidationException"
        ),
        (
            "CreateQueue", #""QueueName":"n","StreamConfigurationList":[{"StreamARN":"S","StartingPosition":{"Type":"LATEST","Timestamp":1}}]"#,
            "ValidationException"
        ),
        (
            "CreateQueue",
            #""QueueName":"n","StreamConfigurationList":[{"StreamARN":"S","StartingPosition":{"Type":"AT_TIMESTAMP","Timestamp":9999999999}}]"#,
            "ValidationException"
        ),
        ("CreateQueue", #""QueueName":"n n","StreamConfigurationList":[{"StreamARN":"S"}]"#, "ValidationException"),
        ("UpdateQueue", #""QueueARN":"Q","QueueAttributes":{"VisibilityTimeoutSeconds":43201}"#, "ValidationException"),
        ("UpdateQueue", #""QueueARN":"Q","QueueAttributes":{"DeadLetterConfiguration":{"TargetType":"BUILT_IN"}}"#, "ValidationException"),
        (
            "UpdateQueue", #""QueueARN":"Q","QueueAttributes":{"DeadLetterConfiguration":{"TargetType":"NONE","MaxReceiveCount":1}}"#,
            "ValidationException"
        ),
        ("UpdateQueue", #""QueueARN":"Qx","QueueAttributes":{}"#, "ResourceNotFoundException"),
        ("DescribeQueue", #""QueueARN":"Qx""#, "ResourceNotFoundException"), ("DeleteQueue", #""QueueARN":"Qx""#, "ResourceNotFoundException"),
        ("DescribeQueue", #""QueueARN":"S""#, "ValidationException"), ("ListQueues", #""NextToken":"x""#, "InvalidArgumentException"),
        ("ReceiveQueueRecords", #""QueueARN":"Qx""#, "ResourceNotFoundException"),
        ("ReceiveQueueRecords", #""QueueARN":"Q","Limit":11"#, "ValidationException"),
        ("ReceiveQueueRecords", #""QueueARN":"Q","WaitTimeSeconds":21"#, "ValidationException"),
        ("ReceiveDeadLetterQueueRecords", #""QueueARN":"Qx""#, "ResourceNotFoundException"),
        ("AcknowledgeQueueRecords", #""QueueARN":"Qx","Entries":[{"ReceiptHandle":"h"}]"#, "ResourceNotFoundException"),
        ("AcknowledgeQueueRecords", #""QueueARN":"Q","Entries":[]"#, "ValidationException"),
        ("AcknowledgeDeadLetterQueueRecords", #""QueueARN":"Qx","Entries":[{"ReceiptHandle":"h"}]"#, "ResourceNotFoundException"),
        ("RestoreDeadLetterQueueRecords", #""QueueARN":"Qx","Entries":[{"ReceiptHandle":"h"}]"#, "ResourceNotFoundException"),
        (
            "UpdateQueueRecordsVisibility", #""QueueARN":"Qx","Entries":[{"ReceiptHandle":"h","VisibilityTimeoutSeconds":1}]"#,
            "ResourceNotFoundException"
        ),
        ("UpdateQueueRecordsVisibility", #""QueueARN":"Q","Entries":[{"ReceiptHandle":"h","VisibilityTimeoutSeconds":-1}]"#, "ValidationException"),
        (
            "UpdateDeadLetterQueueRecordsVisibility", #""QueueARN":"Qx","Entries":[{"ReceiptHandle":"h","VisibilityTimeoutSeconds":1}]"#,
            "ResourceNotFoundException"
        ),
    ])
    func `what is refused`(operation: String, input: String, code: String) throws {
        let arn = try queue()
        // Only values stand for ARNs: names of members begin with the same letters.
        let body = "{" + input.replacing(":\"S", with: ":\"" + Queues.stream).replacing(":\"Q", with: ":\"" + arn) + "}"
        #expect(harness.refusal(operation, body)?.code == code, "\(operation) \(body)")
    }

    @Test func `provisioned streams have no queues, and a stream with queues is kept`() throws {
        let arn = try queue()
        try harness.create("p")
        let other = #"{"QueueName":"n","StreamConfigurationList":[{"StreamARN":"\#(Queues.stream.dropLast())p"}]}"#
        #expect(harness.refusal("CreateQueue", other)?.code == "ValidationException")
        #expect(harness.refusal("DeleteStream", #"{"StreamName":"s","EnforceConsumerDeletion":true}"#)?.code == "ResourceInUseException")
        try harness.ask("DeleteQueue", #"{"QueueARN":"\#(arn)"}"#)
        try harness.ask("DeleteStream", #"{"StreamName":"s"}"#)
    }

}
