import Dispatch
import Synchronization
import Testing

@testable import FirehoseEmulator
@testable import ServiceKit
@testable import Wire

/// Functions that take their time.
@Suite struct TransformationTests {
    /// One that answers when the test says so.
    private final class Slow: FunctionInvoker {
        typealias Completion = @Sendable (Result<FunctionAnswer, ServiceError>) -> Void
        private let waiting = Mutex<[(FunctionInvocation, Completion)]>([])
        private let arrived = Mutex<[@Sendable () -> Void]>([])

        func invoke(_ invocation: FunctionInvocation, completion: @escaping Completion) {
            waiting.withLock { $0.append((invocation, completion)) }
            for body in arrived.withLock({ $0 }) { body() }
        }

        func whenInvoked(_ body: @escaping @Sendable () -> Void) { arrived.withLock { $0.append(body) } }
        var count: Int { waiting.withLock { $0.count } }

        /// Every record comes back as it went.
        func answerAll() {
            for (invocation, completion) in waiting.withLock({ waiting in
                defer { waiting = [] }
                return waiting
            }) {
                let event = (try? JSON.parse(invocation.payload)) ?? .null
                let records = (event["records"]?.listIfAny ?? []).map { record in
                    Document.members([("recordId", record["recordId"]), ("result", .string("Ok")), ("data", record["data"])])
                }
                completion(.success(FunctionAnswer(payload: JSON.write(.members([("records", .list(records))])), executedVersion: "$LATEST")))
            }
        }
    }

    private let buckets = Buckets()
    private let time = ManualTime()
    private let slow = Slow()
    private let service: FirehoseService

    init() throws { service = .delivering(to: buckets, try Store(directory: nil), time, functions: slow) }

    private var call: Call { Call(account: "111111111111", region: "eu-west-1", now: time.now, requestID: "test") }

    private func make(_ name: String, isTransformed: Bool) throws {
        let parameter = Document.members([("ParameterName", .string("LambdaArn")), ("ParameterValue", .string("f"))])
        let processor = Document.members([("Type", .string("Lambda")), ("Parameters", .list([parameter]))])
        let destination: [(name: String, value: Document?)] = [
            ("RoleARN", .string("r")), ("BucketARN", .string("arn:aws:s3:::out")),
            (
                "ProcessingConfiguration",
                isTransformed ? .members([("Enabled", .boolean(true)), ("Processors", .list([processor]))]) : nil
            ),
        ]
        _ = try service.createDeliveryStream(
            .members([("DeliveryStreamName", .string(name)), ("ExtendedS3DestinationConfiguration", .members(destination))]),
            call
        )
        let records = Document.list([.members([("Data", .bytes(Array(name.utf8)))])])
        _ = try service.putRecordBatch(.members([("DeliveryStreamName", .string(name)), ("Records", records)]), call)
    }

    @Test func `a function that does not answer keeps no other stream`() throws {
        for name in ["slow", "also slow"] { try make(name.replacing(" ", with: "-"), isTransformed: true) }
        try make("plain", isTransformed: false)
        time.advance(bySeconds: 300)
        service.deliverDue()
        #expect(buckets.texts == ["plain"])
        // Another look begins nothing anew for those who wait.
        service.deliverDue()
        slow.whenInvoked { [slow] in slow.answerAll() }
        slow.answerAll()
        service.apart.wait()
        #expect(Set(buckets.texts) == ["plain", "slow", "also-slow"] && buckets.texts.count == 3)
        #expect(slow.count == 0 && service.registry.all.allSatisfy(\.isEmpty))
    }

    @Test func `an end of the server waits for no function and loses nothing`() throws {
        try make("slow", isTransformed: true)
        time.advance(bySeconds: 300)
        service.deliverDue()
        service.stop()
        #expect(buckets.texts == [])
        #expect(service.registry.all.map(\.progress.serial) == [0] && service.registry.all.map(\.bytes) == [4])
        service.pace.withLock { $0.isStopped = false }
        service.clockWasSet()
        slow.whenInvoked { [slow] in slow.answerAll() }
        service.deliverAll()
        #expect(buckets.texts == ["slow"])
    }

    @Test func `a deletion does not wait for a function`() throws {
        try make("slow", isTransformed: true)
        _ = try service.deleteDeliveryStream(.members([("DeliveryStreamName", .string("slow"))]), call)
        #expect(buckets.texts == [] && service.registry.all.map { $0.stream.status(at: time.now) } == ["DELETING"])
        slow.whenInvoked { [slow] in slow.answerAll() }
        service.deliverAll()
        #expect(buckets.texts == ["slow"] && service.registry.all.isEmpty)
    }

    @Test func `so many functions are waited for and no more`() {
        let calls = FunctionCalls()
        #expect([calls.begin(2), calls.begin(2), calls.begin(2)] == [true, true, false])
        calls.end()
        #expect(calls.begin(2))
    }
}
