import ServiceKit
import Synchronization
import Wire

/// What a function made of the records of an object.
struct TransformedRecords: Sendable {
    struct Record: Sendable {
        var data: [UInt8]
        var arrival: Timestamp
        var keys = PartitionKeys()

        /// Its line in an object of failures.
        /// - Parameter function: the one that has failed on it, if one has.
        func failure(_ code: String, _ message: String, attempts: Int, at now: Timestamp, function: String? = nil) -> Document {
            .members([
                ("attemptsMade", .integer(Int64(attempts))), ("arrivalTimestamp", .integer(arrival.milliseconds)), ("errorCode", .string(code)),
                ("errorMessage", .string(message)), ("attemptEndingTimestamp", .integer(now.milliseconds)),
                ("rawData", .string(Base64.encode(data))), ("lambdaArn", function.map { .string($0) }),
            ])
        }
    }

    var delivered: [Record] = []
    /// A line each of the object of failures.
    var failed: [Document] = []
}

extension FirehoseService {
    /// Has the function of a delivery stream transform records, some at a time; without one they stay as they are.
    func transformed(_ object: DeliveredObject, _ call: Call) throws(ServiceError) -> TransformedRecords {
        guard let transformation = object.settings.transformation else {
            return TransformedRecords(delivered: object.records.map { TransformedRecords.Record(data: Array($0.data), arrival: $0.arrival) })
        }
        var all = TransformedRecords()
        var rest = object.records[...]
        while !rest.isEmpty {
            var (count, bytes) = (0, 0)
            for record in rest {
                guard count == 0 || bytes + record.data.count <= transformation.size, count < Self.recordsAnInvocation else { break }
                bytes += record.data.count
                count += 1
            }
            let part = try transform(Array(rest.prefix(count)), object, transformation, call)
            all.delivered += part.delivered
            all.failed += part.failed
            rest = rest.dropFirst(count)
        }
        return all
    }

    private static let recordsAnInvocation = 10_000

    /// An invocation and its repetitions. Records of which nothing comes back are failures.
    private func transform(
        _ records: [DeliveryRecord],
        _ object: DeliveredObject,
        _ transformation: DeliverySettings.Transformation,
        _ call: Call
    ) throws(ServiceError) -> TransformedRecords {
        let ids = records.map { _ in RecordID.random() }
        let payload = JSON.write(Self.event(records, ids, object, call))
        var failure = (code: "Lambda.FunctionError", message: "The function was not invoked.")
        for attempt in 1...max(1, transformation.retries + 1) {
            do throws(ServiceError) {
                let answer = try invoke(transformation.function, payload, call)
                if let kind = answer.functionError {
                    let text = String(decoding: answer.payload.prefix(1000), as: UTF8.self)
                    failure = (
                        "Lambda.FunctionError", "The Lambda function was successfully invoked but it returned an error result (\(kind)): \(text)"
                    )
                    continue
                }
                if let outcome = Self.read(answer.payload, records, ids, attempt, transformation, call) { return outcome }
                failure = (
                    "Lambda.MissingRecordId",
                    "One or more record Ids were not returned. Ensure that the Lambda function returns all received record Ids."
                )
            } catch {
                // The server ends: the records are kept, and transformed after its next start.
                guard error.code != FunctionCalls.stopped else { throw error }
                failure = ("Lambda.InvokeAccessDenied", error.message ?? error.code)
                if error.code == "ResourceNotFoundException" { failure.code = "Lambda.FunctionNotFound" }
            }
        }
        let outcome = zip(records, ids).map { record, id in
            Self.failure(record, id, failure.code, failure.message, transformation.retries + 1, transformation, call)
        }
        return TransformedRecords(failed: outcome)
    }

    /// Waits for a function, five minutes at most, or until the server ends.
    private func invoke(_ function: String, _ payload: [UInt8], _ call: Call) throws(ServiceError) -> FunctionAnswer {
        guard let functions else { throw ServiceError("ResourceNotFoundException", "There are no functions here.") }
        let invocation = FunctionInvocation(function: function, payload: payload, account: call.account, region: call.region)
        let result: Result<FunctionAnswer, ServiceError>? = try waited(seconds: 300) { functions.invoke(invocation, completion: $0) }
        guard let result else { throw ServiceError("TooLate", "The Lambda function did not answer within 5 minutes.") }
        return try result.get()
    }

    /// Waits for what another thread brings.
    /// - Returns: nil when it has not come in time.
    /// - Throws: `FunctionCalls.stopped` when the server ends.
    func waited<Value: Sendable>(seconds: Int, for begin: (@escaping @Sendable (Value) -> Void) -> Void) throws(ServiceError) -> Value? {
        let later = LaterValue<Value>()
        let number = functionCalls.add { later.wake() }
        defer { functionCalls.remove(number) }
        guard !isStopped else { throw FunctionCalls.stop }
        begin { later.set($0) }
        if let value = later.wait(milliseconds: seconds * 1000) { return value }
        if isStopped { throw FunctionCalls.stop }
        return nil
    }

    private static func event(_ records: [DeliveryRecord], _ ids: [String], _ object: DeliveredObject, _ call: Call) -> Document {
        let items = zip(records, ids).map { record, id in
            Document.members([
                ("recordId", .string(id)), ("approximateArrivalTimestamp", .integer(record.arrival.milliseconds)),
                ("data", .string(Base64.encode(Array(record.data)))), ("kinesisRecordMetadata", record.source),
            ])
        }
        return .members([
            ("invocationId", .string(UUIDText.random())), ("sourceKinesisStreamArn", object.stream.sourceARN.map { .string($0) }),
            ("deliveryStreamArn", .string(object.stream.arn)), ("region", .string(call.region)), ("records", .list(items)),
        ])
    }

    /// Nil when the answer lacks a record, or is none.
    private static func read(
        _ payload: [UInt8],
        _ records: [DeliveryRecord],
        _ ids: [String],
        _ attempt: Int,
        _ transformation: DeliverySettings.Transformation,
        _ call: Call
    ) -> TransformedRecords? {
        guard let answer = try? JSON.parse(payload) else { return nil }
        var results: [String: Document] = [:]
        for item in answer["records"]?.listIfAny ?? [] {
            guard let id = item["recordId"]?.textIfAny else { continue }
            results[id] = item
        }
        guard ids.allSatisfy({ results[$0] != nil }) else { return nil }
        var outcome = TransformedRecords()
        for (record, id) in zip(records, ids) {
            let result = results[id] ?? .null
            let data = result["data"]?.textIfAny.flatMap { try? Base64.decode($0) }
            switch (result["result"]?.textIfAny, data) {
            case ("Ok", let data?):
                var transformed = TransformedRecords.Record(data: data, arrival: record.arrival)
                for field in result["metadata"]?["partitionKeys"]?.entriesIfAny ?? [] {
                    transformed.keys.function[field.name] = field.value.textIfAny ?? JSON.text(field.value)
                }
                outcome.delivered.append(transformed)
            case ("Dropped", _): break
            case ("ProcessingFailed", _):
                let message = "The Lambda function set the record result to ProcessingFailed."
                outcome.failed.append(failure(record, id, "Lambda.ProcessingFailedStatus", message, attempt, transformation, call))
            default:
                let message = "The record has no valid data or result. Ensure that the Lambda function returns Ok, Dropped or ProcessingFailed."
                outcome.failed.append(failure(record, id, "Lambda.InvalidRecord", message, attempt, transformation, call))
            }
        }
        return outcome
    }

    private static func failure(
        _ record: DeliveryRecord,
        _ id: String,
        _ code: String,
        _ message: String,
        _ attempts: Int,
        _ transformation: DeliverySettings.Transformation,
        _ call: Call
    ) -> Document {
        let failed = TransformedRecords.Record(data: Array(record.data), arrival: record.arrival)
        return failed.failure(code, message, attempts: attempts, at: call.now, function: transformation.function)
    }
}

/// The functions that are waited for.
final class FunctionCalls: Sendable {
    /// What a wait ends with when the server does.
    static let stopped = "Stopped"
    static var stop: ServiceError { ServiceError(stopped, "The server ends.") }

    private struct State {
        var waiting: [Int: @Sendable () -> Void] = [:]
        var next = 0
        var running = 0
    }

    private let state = Mutex(State())

    /// Whoever waits is woken without an answer.
    func wakeAll() {
        for wake in state.withLock({ Array($0.waiting.values) }) { wake() }
    }

    func add(_ wake: @escaping @Sendable () -> Void) -> Int {
        state.withLock { state in
            state.next += 1
            state.waiting[state.next] = wake
            return state.next
        }
    }

    func remove(_ number: Int) { state.withLock { $0.waiting[number] = nil } }

    /// - Returns: false when `most` streams wait for functions already.
    func begin(_ most: Int) -> Bool {
        state.withLock { state in
            guard state.running < most else { return false }
            state.running += 1
            return true
        }
    }

    func end() { state.withLock { $0.running -= 1 } }
}

/// What a record is called while nobody can ask for it again.
enum RecordID {
    static func random() -> String { RequestID.extended() }
}
