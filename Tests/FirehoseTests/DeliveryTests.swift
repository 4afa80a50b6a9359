import Synchronization
import Testing

@testable import FirehoseEmulator
@testable import ServiceKit
@testable import Wire

/// A function that says of each record what the record asks for.
private struct Function: FunctionInvoker {
    func invoke(_ invocation: FunctionInvocation, completion: @escaping @Sendable (Result<FunctionAnswer, ServiceError>) -> Void) {
        guard let event = try? JSON.parse(invocation.payload) else { return completion(.failure(ServiceError("BadEvent", nil))) }
        let results = (event["records"]?.listIfAny ?? []).compactMap { record -> Document? in
            let text = String(decoding: (try? Base64.decode(record["data"]?.textIfAny ?? "")) ?? [], as: UTF8.self)
            if text == "lose" { return nil }
            let result = text == "drop" ? "Dropped" : text == "fail" ? "ProcessingFailed" : "Ok"
            return .members([
                ("recordId", record["recordId"]), ("result", .string(result)), ("data", .string(Base64.encode(Array(text.uppercased().utf8)))),
            ])
        }
        completion(.success(FunctionAnswer(payload: JSON.write(.members([("records", .list(results))])), executedVersion: "$LATEST")))
    }
}

@Suite struct DeliveryTests {
    private let buckets = Buckets()
    private let time = ManualTime()
    private let store: Store
    private let service: FirehoseService

    init() throws {
        store = try Store(directory: nil)
        service = .delivering(to: buckets, store, time, functions: Function())
    }

    private var call: Call { Call(account: "111111111111", region: "eu-west-1", now: time.now, requestID: "test") }

    private func make(_ more: [(name: String, value: Document?)] = []) throws {
        let destination: [(name: String, value: Document?)] = [
            ("RoleARN", .string("arn:aws:iam::111111111111:role/r")), ("BucketARN", .string("arn:aws:s3:::out")),
        ]
        _ = try service.createDeliveryStream(
            .members([("DeliveryStreamName", .string("s")), ("ExtendedS3DestinationConfiguration", .members(destination + more))]),
            call
        )
    }

    private func put(_ texts: String...) throws {
        let records = texts.map { Document.members([("Data", .bytes(Array($0.utf8)))]) }
        _ = try service.putRecordBatch(.members([("DeliveryStreamName", .string("s")), ("Records", .list(records))]), call)
    }

    @Test func `an object is made when its oldest record has waited for the interval`() throws {
        try make()
        try put("a", "b")
        time.advance(bySeconds: 200)
        try put("c")
        service.deliverDue()
        #expect(buckets.texts == [])
        time.advance(bySeconds: 100)
        service.deliverDue()
        #expect(buckets.texts == ["abc"])
        service.deliverDue()
        #expect(buckets.texts == ["abc"])
        #expect(service.registry.all.map(\.progress.serial) == [2])
    }

    @Test func `what is full is delivered at once, and no more of it than fits`() throws {
        try make([("BufferingHints", .members([("SizeInMBs", .integer(1)), ("IntervalInSeconds", .integer(900))]))])
        let large = String(repeating: "x", count: 600_000)
        for _ in 0..<5 { try put(large) }
        service.deliverDue()
        #expect(buckets.texts.map(\.count) == [1_200_000, 1_200_000])
        #expect(service.registry.all.map(\.bytes) == [600_000])
    }

    @Test func `records are kept while their bucket is not there`() throws {
        try make()
        try put("a")
        time.advance(bySeconds: 300)
        buckets.missing.withLock { $0 = ["out"] }
        service.deliverDue()
        #expect(buckets.texts == [])
        #expect(service.registry.all.map(\.progress.serial) == [0])
        buckets.missing.withLock { $0 = [] }
        service.clockWasSet()
        service.deliverDue()
        #expect(buckets.texts == ["a"])
    }

    private let lambda: (name: String, value: Document?) = (
        "ProcessingConfiguration",
        .members([
            ("Enabled", .boolean(true)),
            (
                "Processors",
                .list([
                    .members([
                        ("Type", .string("Lambda")),
                        (
                            "Parameters",
                            .list([.members([("ParameterName", .string("LambdaArn")), ("ParameterValue", .string("f"))])])
                        ),
                    ])
                ])
            ),
        ])
    )

    @Test func `a function changes, drops and fails records`() throws {
        try make([lambda])
        try put("a", "drop", "fail", "b")
        time.advance(bySeconds: 300)
        service.deliverAll()
        let written = buckets.written.withLock { $0 }
        #expect(written.map(\.text).first == "AB")
        #expect(written.count == 2)
        let failure = try #require(written.last)
        #expect(failure.key.hasPrefix("processing-failed/"))
        let line = try JSON.parse(Array(failure.text.utf8.dropLast()))
        #expect(line["errorCode"]?.textIfAny == "Lambda.ProcessingFailedStatus")
        #expect(line["rawData"]?.textIfAny == Base64.encode(Array("fail".utf8)))
        #expect(line["attemptsMade"]?.numberIfAny == 1)
    }

    @Test func `records that a function does not answer are failures after its retries`() throws {
        try make([lambda])
        try put("a", "lose")
        time.advance(bySeconds: 300)
        service.deliverAll()
        let lines = buckets.texts.flatMap { $0.split(separator: "\n") }
        #expect(lines.count == 2)
        #expect(lines.allSatisfy { $0.contains("Lambda.MissingRecordId") && $0.contains("\"attemptsMade\":4") })
    }

    @Test func `entries of an earlier run are taken in again unless they were delivered`() throws {
        try make()
        let stream = try #require(service.registry.all.first)
        for serial in UInt64(1)...3 {
            let frame = DeliveryFrame(identity: stream.identity, serial: serial, arrival: time.now, records: [Array("r\(serial)".utf8)[...]])
            stream.restore(frame, segment: serial)
        }
        // An entry that stands in the log twice is one.
        stream.restore(DeliveryFrame(identity: stream.identity, serial: 2, arrival: time.now, records: [[1]]), segment: 2)
        #expect(service.registry.segments == [1, 2, 3])
        try put("new")
        time.advance(bySeconds: 300)
        service.deliverDue()
        #expect(buckets.texts == ["r1r2r3new"])
        #expect(service.registry.segments == [])
    }

    @Test func `deletion delivers what it can`() throws {
        try make()
        try put("a")
        _ = try service.deleteDeliveryStream(.members([("DeliveryStreamName", .string("s"))]), call)
        #expect(buckets.texts == ["a"])
        #expect(service.registry.all.isEmpty)
        try make()
        #expect(service.registry.all.map(\.progress.serial) == [0])
    }
}
