import Dispatch
import FoundationEssentials
import SQLite
import Streams
import Synchronization
import Testing
import Wire

@testable import Emulator
@testable import KinesisEmulator
@testable import PersonalizeEmulator
@testable import ServiceKit

/// Queues as clients see them.
enum Queues {
    static let stream = "arn:aws:kinesis:us-east-1:000000000000:stream/s"
    static let usual = #"{"VisibilityTimeoutSeconds":30,"DeadLetterConfiguration":{"TargetType":"BUILT_IN","MaxReceiveCount":6}}"#

    /// An on-demand stream of one shard, so that records have one order.
    static func make(directory: String? = nil, time: ManualTime = ManualTime(), delay: Double = 0) throws -> KinesisHarness {
        let harness = try KinesisHarness(directory: directory, time: time, machine: ManualTime()) { $0.streamDelay = delay }
        try harness.create()
        time.advance(bySeconds: delay)
        try harness.ask("UpdateStreamMode", #"{"StreamARN":"\#(stream)","StreamModeDetails":{"StreamMode":"ON_DEMAND"}}"#)
        time.advance(bySeconds: delay)
        return harness
    }

    @discardableResult
    static func queue(_ harness: KinesisHarness, _ name: String = "q", start: String = #"{"Type":"TRIM_HORIZON"}"#, attributes: String = usual)
        throws
        -> String
    {
        let input = """
            {"QueueName":"\(name)","StreamConfigurationList":[{"StreamARN":"\(stream)","StartingPosition":\(start)}],"QueueAttributes":\(attributes)}
            """
        return try harness.ask("CreateQueue", input).required("QueueDescription").required("QueueARN").text
    }

    /// What a client holds of a record.
    struct Got: Equatable {
        var text: String
        var count: Int
        var handle: String
        var id: String
    }

    static func got(_ output: Document) -> [Got] {
        output.required("QueueRecords").items.map { record in
            Got(
                text: String(decoding: record.required("Data").blob, as: UTF8.self),
                count: record.required("ReceiveCount").int,
                handle: record.required("ReceiptHandle").text,
                id: record.required("RecordId").text
            )
        }
    }

    /// Who would have to wait for records does not.
    static func receive(_ harness: KinesisHarness, _ arn: String, _ more: String = "", dead: Bool = false) throws -> [Got] {
        let call = harness.call()
        let operation = dead ? "ReceiveDeadLetterQueueRecords" : "ReceiveQueueRecords"
        let output = try harness.ask(operation, #"{"QueueARN":"\#(arn)"\#(more)}"#, call)
        call.acknowledgement.later?.close()
        return got(output)
    }

    static func entries(_ records: [Got], _ more: String = "") -> String {
        records.map { #"{"ReceiptHandle":"\#($0.handle)"\#(more)}"# }.joined(separator: ",")
    }

    /// - Returns: how many entries succeeded, and the codes of those that failed.
    @discardableResult
    static func answer(_ harness: KinesisHarness, _ operation: String, _ arn: String, _ records: [Got], _ more: String = "") throws -> (
        done: Int, failed: [String]
    ) {
        let output = try harness.ask(operation, #"{"QueueARN":"\#(arn)","Entries":[\#(entries(records, more))]}"#)
        return (output.required("Successful").items.count, output.required("Failed").items.map { $0.required("ErrorCode").text })
    }

    static func rows(_ table: String, _ harness: KinesisHarness) throws -> Int {
        try harness.store.read { try $0.fetchOne(Int.self, "SELECT COUNT(*) FROM \(table)") } ?? -1
    }

    /// A receive that found nothing, as the listener holds it.
    struct Waiting {
        let later: any LaterAnswer
        private let woken = DispatchSemaphore(value: 0)

        init(_ harness: KinesisHarness, _ arn: String, dead: Bool = false) throws {
            let call = harness.call()
            let operation = dead ? "ReceiveDeadLetterQueueRecords" : "ReceiveQueueRecords"
            try harness.ask(operation, #"{"QueueARN":"\#(arn)","WaitTimeSeconds":20}"#, call)
            later = try #require(call.acknowledgement.later)
        }

        func next() -> LaterStep { later.next(isEnding: false) { [woken] in woken.signal() } }

        /// Whether it still waits.
        var isWaiting: Bool { if case .nothing = next() { true } else { false } }

        /// Somebody has something for the listener.
        func awaitNews() throws { try #require(woken.wait(timeout: .now() + 30) == .success, "nobody woke the receiver") }

        /// The answer, once somebody has woken the listener.
        func answer() throws -> [Got] {
            for _ in 0..<10 {
                if case .answer(let document) = next() {
                    later.close()
                    return Queues.got(document)
                }
                try awaitNews()
            }
            return []
        }
    }
}
