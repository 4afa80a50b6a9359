import Dispatch
import Logging
import ServiceKit
import Synchronization
import Wire

/// The event source mappings that are enabled, at work. The records of the mappings say which those are and where they are; this can be ended and begun
/// again at any time.
final class EventSources: Sendable {
    private struct Run {
        var settings: MappingSettings
        var readers: [String: ShardReader] = [:]
        /// Every shard whose turn it is has its reader.
        var hasLooked = false
        var result = "No records processed"
    }

    let store: Store
    let time: any TimeSource
    let log: Logger
    let watcher: any StreamWatcher
    private let caller: any ServiceCaller
    /// Runs a function; told the role that it has.
    private let service: LambdaService
    private let runs = Mutex<[String: Run]>([:])
    private let queue = DispatchQueue(label: "event sources")

    init(service: LambdaService, caller: any ServiceCaller, watcher: any StreamWatcher, log: Logger) {
        (self.service, self.caller, self.watcher, self.log) = (service, caller, watcher, log)
        (store, time) = (service.store, service.time)
    }

    // MARK: Beginning and ending

    func start() {
        do throws(ServiceError) {
            let (all, damaged) = try MappingTable.everywhere(store)
            damaged.report("event source mappings", to: log)
            for settings in all where settings.isEnabled { begin(settings) }
        } catch {
            log.error("event source mappings of an earlier run cannot be read", metadata: ["cause": "\(error.cause.map { "\($0)" } ?? error.code)"])
        }
    }

    func stop() {
        let readers = runs.withLock { runs in
            defer { runs = [:] }
            return runs.values.flatMap(\.readers.values)
        }
        for reader in readers { reader.stop() }
    }

    /// Follows a mapping as it is now, and not as it was.
    func begin(_ settings: MappingSettings) {
        end(settings.id)
        runs.withLock { $0[settings.id] = Run(settings: settings) }
        queue.async { [self] in look(settings.id) }
    }

    func end(_ id: String) {
        let run = runs.withLock { $0.removeValue(forKey: id) }
        guard let run else { return }
        for reader in run.readers.values { reader.stop() }
    }

    func result(_ id: String) -> String? { runs.withLock { $0[id]?.result } }

    func note(_ result: String, _ settings: MappingSettings) { runs.withLock { $0[settings.id]?.result = result } }

    /// The mappings that follow a stream: each with whether its function is done with all that came.
    func readers(of stream: String) -> [Document] {
        let found = runs.withLock { $0.values.filter { $0.settings.stream == stream } }.sorted { $0.settings.id < $1.settings.id }
        return found.map { run in
            .members([
                ("uuid", .string(run.settings.id)), ("functionArn", .string(run.settings.function)), ("result", .string(run.result)),
                ("isIdle", .boolean(run.hasLooked && run.readers.values.allSatisfy(\.isIdle))),
            ])
        }
    }

    // MARK: Shards

    func ended(_ shard: String, _ settings: MappingSettings) {
        runs.withLock { runs in
            runs[settings.id]?.readers[shard] = nil
            runs[settings.id]?.hasLooked = false
        }
        queue.async { [self] in look(settings.id) }
    }

    /// Begins to read the shards whose turn it is: children after their parents.
    private func look(_ id: String) {
        guard let settings = runs.withLock({ $0[id]?.settings }) else { return }
        do throws(ServiceError) {
            let shards = try shards(settings)
            let positions = try store.read { try MappingTable.positions(id, in: RecordTable($0, account: settings.account, region: settings.region)) }
            let known = Set(shards.compactMap { $0["ShardId"]?.textIfAny })
            for shard in shards {
                guard let name = shard["ShardId"]?.textIfAny, positions[name]?.isDone != true else { continue }
                let parents = ["ParentShardId", "AdjacentParentShardId"].compactMap { shard[$0]?.textIfAny }.filter { known.contains($0) }
                guard parents.allSatisfy({ positions[$0]?.isDone == true }) else { continue }
                let reader = ShardReader(settings, shard: name, position: positions[name] ?? MappingTable.Position(), host: self)
                let isNew = runs.withLock { runs in
                    guard let run = runs[id], run.readers[name] == nil else { return false }
                    runs[id]?.readers[name] = reader
                    return true
                }
                if isNew { reader.start() }
            }
            runs.withLock { $0[id]?.hasLooked = true }
        } catch {
            note("PROBLEM: \(error.message ?? error.code)", settings)
            queue.asyncAfter(deadline: .now() + 1) { [weak self] in self?.look(id) }
        }
    }

    private func shards(_ settings: MappingSettings) throws(ServiceError) -> [Document] {
        var (shards, token): ([Document], String?) = ([], nil)
        repeat {
            let input: [(name: String, value: Document?)] = token.map { [("NextToken", .string($0))] } ?? [("StreamARN", .string(settings.stream))]
            let answer = try call("kinesis", "ListShards", input, settings)
            shards += answer["Shards"]?.listIfAny ?? []
            token = answer["NextToken"]?.textIfAny
        } while token != nil && shards.count < 100_000
        return shards
    }

    // MARK: What readers need

    func call(_ service: String, _ operation: String, _ input: [(name: String, value: Document?)], _ settings: MappingSettings) throws(ServiceError)
        -> Document
    {
        let call = Call(account: settings.account, region: settings.region, now: time.now, requestID: RequestID.random())
        return try caller.call(service, operation, .members(input), call) ?? .object(Document.Fields())
    }

    /// - Returns: whether it is written down.
    func save(_ position: MappingTable.Position, of shard: String, _ settings: MappingSettings) -> Bool {
        let outcome: Void? = try? store.write { transaction in
            let table = RecordTable(transaction.database, account: settings.account, region: settings.region)
            // A mapping that was deleted has no positions any more.
            guard try MappingTable.find(settings.id, in: table) != nil else { return }
            try MappingTable.save(position, of: shard, settings.id, in: table)
        }
        return outcome != nil
    }

    /// How long the stream keeps its records, in milliseconds.
    func retention(_ settings: MappingSettings) -> Int64 {
        let answer = try? call("kinesis", "DescribeStreamSummary", [("StreamARN", .string(settings.stream))], settings)
        return (answer?["StreamDescriptionSummary"]?["RetentionPeriodHours"]?.integerIfAny ?? 24) * 3_600_000
    }

    func deliver(
        _ records: [StreamRecord],
        of shard: String,
        _ settings: MappingSettings,
        _ completion: @escaping @Sendable (BatchOutcome, String) -> Void
    ) {
        let invocation = FunctionInvocation(
            function: settings.function,
            payload: event(records, of: shard, settings),
            account: settings.account,
            region: settings.region
        )
        // `arn:aws:lambda:REGION:ACCOUNT:function:NAME`, and a qualifier behind it.
        let parts = settings.function.split(separator: ":", omittingEmptySubsequences: false)
        if parts.count >= 7, let arrival = records.last?.arrival {
            service.runtime.figures.aged(
                time.now.milliseconds - arrival,
                account: settings.account,
                region: settings.region,
                function: String(parts[6])
            )
        }
        let id = RequestID.random()
        service.invoke(invocation) { result in
            switch result {
            case .success(let answer) where answer.functionError == nil:
                completion(settings.reportsItems ? BatchOutcome(payload: answer.payload, sequences: records.map(\.sequence)) : .done, id)
            case .failure(let error) where error.code == "RequestTooLargeException": completion(.tooLarge, id)
            default: completion(.failed, id)
            }
        }
    }

    private func event(_ records: [StreamRecord], of shard: String, _ settings: MappingSettings) -> [UInt8] {
        let role = service.role(of: settings.function, account: settings.account, region: settings.region)
        let documents = records.map { $0.document(shard: shard, stream: settings.stream, region: settings.region, role: role) }
        return JSON.write(.members([("Records", .list(documents))]))
    }

    /// Records that are not tried any more: told to the bucket that the mapping names.
    func giveUp(
        _ records: [StreamRecord],
        of shard: String,
        _ settings: MappingSettings,
        condition: String,
        invocations: Int,
        requestID: String,
        isPartial: Bool
    ) {
        log.warning(
            "records of an event source were given up",
            metadata: ["mapping": "\(settings.id)", "shard": "\(shard)", "records": "\(records.count)", "condition": "\(condition)"]
        )
        guard let bucket = settings.destination, let first = records.first, let last = records.last else { return }
        let now = ISO8601.milliseconds(time.now)
        let batch = Document.members([
            ("shardId", .string(shard)), ("startSequenceNumber", .string(first.sequence)), ("endSequenceNumber", .string(last.sequence)),
            ("approximateArrivalOfFirstRecord", .string(ISO8601.milliseconds(Timestamp(milliseconds: first.arrival)))),
            ("approximateArrivalOfLastRecord", .string(ISO8601.milliseconds(Timestamp(milliseconds: last.arrival)))),
            ("batchSize", .integer(Int64(records.count))), ("streamArn", .string(settings.stream)),
        ])
        let message = Document.members([
            (
                "requestContext",
                .members([
                    ("requestId", .string(requestID)), ("functionArn", .string(settings.function)), ("condition", .string(condition)),
                    ("approximateInvokeCount", .integer(Int64(invocations))),
                ])
            ),
            (
                "responseContext",
                .members([
                    ("statusCode", .integer(200)), ("executedVersion", .string("$LATEST")),
                    ("functionError", isPartial ? .null : .string("Unhandled")),
                ])
            ),
            ("version", .string("1.0")), ("timestamp", .string(now)), ("KinesisBatchInfo", batch),
            ("payload", .string(String(decoding: event(records, of: shard, settings), as: UTF8.self))),
        ])
        let day = now.prefix(10)
        let second = now.prefix(19).replacing(":", with: ".")
        let key = "aws/lambda/\(settings.id)/\(shard)/\(day.replacing("-", with: "/"))/\(second)-\(UUIDText.random())"
        do throws(ServiceError) {
            let call = Call(account: settings.account, region: settings.region, now: time.now, requestID: RequestID.random())
            try sink.write(bucket: bucket, key: key, JSON.write(message), call)
        } catch {
            log.error(
                "a failed batch could not be told",
                metadata: ["mapping": "\(settings.id)", "bucket": "\(bucket)", "cause": "\(error.message ?? error.code)"]
            )
        }
    }

    private var sink: any ObjectSink { service.sink }
}
