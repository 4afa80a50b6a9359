import Dispatch
import Logging
import OutgoingHTTP
import Streams
import Synchronization

@testable import FirehoseEmulator
@testable import ServiceKit
@testable import Wire

/// Buckets that are there, and what was written into them.
final class Buckets: ServiceCaller, BucketSink {
    let written = Mutex<[(key: String, text: String)]>([])
    let missing = Mutex<Set<String>>([])
    let asked = Mutex(0)
    /// Run in the middle of each write.
    let duringWrite = Mutex<(@Sendable () -> Void)?>(nil)
    /// The shards of the source, each with one record to read; those that are refused are read too often.
    let shards = Mutex<(names: [String], refused: Set<String>)>(([], []))

    func call(_ service: String, _ operation: String, _ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        switch operation {
        case "DescribeStreamSummary":
            return .members([("StreamDescriptionSummary", .members([("StreamCreationTimestamp", .timestamp(Timestamp(milliseconds: 5)))]))])
        case "ListShards":
            return .members([("Shards", .list(shards.withLock { $0.names }.map { .members([("ShardId", .string($0))]) }))])
        case "GetShardIterator":
            return .members([("ShardIterator", input["ShardId"])])
        case "GetRecords":
            let shard = input["ShardIterator"]?.textIfAny ?? ""
            guard !shards.withLock({ $0.refused.contains(shard) }) else { throw ServiceError("ProvisionedThroughputExceededException", nil) }
            let record = Document.members([
                ("SequenceNumber", .string("1")), ("PartitionKey", .string("k")), ("Data", .bytes(Array(shard.utf8))),
                ("ApproximateArrivalTimestamp", .timestamp(call.now)),
            ])
            return .members([("Records", .list([record]))])
        default:
            asked.withLock { $0 += 1 }
            let isThere = missing.withLock { !$0.contains(input["Bucket"]?.textIfAny ?? "") }
            guard isThere else { throw ServiceError("NoSuchBucket", nil, status: 404) }
            return nil
        }
    }

    func object(bucket: String, key: String, limit: Int, _ call: Call) throws(ServiceError) -> [UInt8] { [] }

    func hasBucket(_ bucket: String, _ call: Call) -> Bool { missing.withLock { !$0.contains(bucket) } }

    func put(bucket: String, key: String, _ bytes: [UInt8], _ call: Call) throws(ServiceError) {
        duringWrite.withLock { $0 }?()
        guard missing.withLock({ !$0.contains(bucket) }) else { throw ServiceError("NoSuchBucket", nil, status: 404) }
        written.withLock { $0.append((key, String(decoding: bytes, as: UTF8.self))) }
    }

    var texts: [String] { written.withLock { $0.map(\.text) } }
}

extension FirehoseService {
    /// Delivers what is due, and waits for what functions make of it.
    func deliverAll() {
        deliverDue()
        apart.wait()
    }

    /// One that delivers only when a test says so.
    static func delivering(
        to buckets: Buckets,
        _ store: Store,
        _ time: ManualTime,
        functions: (any FunctionInvoker)? = nil,
        http: (any HTTPSender)? = nil
    ) -> FirehoseService {
        let service = FirehoseService(
            registry: DeliveryRegistry(),
            store: store,
            recordLog: RecordLog.inMemory(),
            caller: buckets,
            objects: buckets,
            functions: functions,
            http: http,
            configuration: ServerConfiguration(),
            time: time,
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        service.pace.withLock { ($0.isStopped, $0.isKicked, $0.isTicking) = (false, true, true) }
        return service
    }
}
