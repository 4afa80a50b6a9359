import Dispatch
package import Logging
package import OutgoingHTTP
package import ServiceKit
import Shapes
package import Streams
import Synchronization
package import Wire

/// Amazon Data Firehose: records that were put, or that a stream holds, gathered into objects of S3.
///
/// What is accepted is in the record log before it is answered, or in the source's own; what was delivered of it is in SQLite. Both are mirrored
/// in memory, and PutRecord and PutRecordBatch touch nothing else.
package final class FirehoseService: Sendable {
    let store: Store
    let recordLog: RecordLog
    let caller: any ServiceCaller
    let objects: any BucketSink
    /// Carries out transformations; nil where there are no functions.
    let functions: (any FunctionInvoker)?
    /// Asks endpoints; nil where nobody may be asked.
    let http: (any HTTPSender)?
    let time: any TimeSource
    let log: Logger
    /// How long a delivery stream takes to be created or deleted, in seconds.
    let delay: Double
    let registry: DeliveryRegistry
    let memory = DeliveryMemory()
    /// Where objects are made and sources are read, but for the streams that wait for a function or an endpoint: each of those has a queue of its own.
    let queue = DispatchQueue(label: "firehose", qos: .utility)
    /// Looks that are under way on those queues.
    let apart = DispatchGroup()
    let functionCalls = FunctionCalls()
    let pace = Mutex(DeliveryPace())
    /// Told when records that were kept in the log are needed no more.
    private let logObserver: @Sendable (Timestamp) -> Void

    /// - Parameter registry: empty; who keeps the record log asks it for the segments that are needed.
    package init(
        registry: DeliveryRegistry,
        store: Store,
        recordLog: RecordLog,
        caller: any ServiceCaller,
        objects: any BucketSink,
        functions: (any FunctionInvoker)?,
        http: (any HTTPSender)?,
        configuration: ServerConfiguration,
        time: any TimeSource,
        log: Logger,
        logObserver: @escaping @Sendable (Timestamp) -> Void = { _ in }
    ) {
        self.registry = registry
        self.store = store
        self.recordLog = recordLog
        self.caller = caller
        self.objects = objects
        self.functions = functions
        self.http = http
        self.time = time
        self.log = log
        self.logObserver = logObserver
        delay = configuration.streamDelay
    }

    func logIsNeededNoMore(at now: Timestamp) { logObserver(now) }

    typealias Work = @Sendable (FirehoseService, Document, Call) throws(ServiceError) -> Document?

    private static let work: [String: Work] = [
        "CreateDeliveryStream": { (service, input, call) throws(ServiceError) in try service.createDeliveryStream(input, call) },
        "DescribeDeliveryStream": { (service, input, call) throws(ServiceError) in try service.describeDeliveryStream(input, call) },
        "ListDeliveryStreams": { (service, input, call) in service.listDeliveryStreams(input, call) },
        "DeleteDeliveryStream": { (service, input, call) throws(ServiceError) in try service.deleteDeliveryStream(input, call) },
        "UpdateDestination": { (service, input, call) throws(ServiceError) in try service.updateDestination(input, call) },
        "PutRecord": { (service, input, call) throws(ServiceError) in try service.putRecord(input, call) },
        "PutRecordBatch": { (service, input, call) throws(ServiceError) in try service.putRecordBatch(input, call) },
        "TagDeliveryStream": { (service, input, call) throws(ServiceError) in try service.tagDeliveryStream(input, call) },
        "UntagDeliveryStream": { (service, input, call) throws(ServiceError) in try service.untagDeliveryStream(input, call) },
        "ListTagsForDeliveryStream": { (service, input, call) throws(ServiceError) in try service.listTagsForDeliveryStream(input, call) },
        "StartDeliveryStreamEncryption": { (service, input, call) throws(ServiceError) in try service.startEncryption(input, call) },
        "StopDeliveryStreamEncryption": { (service, input, call) throws(ServiceError) in try service.stopEncryption(input, call) },
    ]

    package var table: ServiceTable {
        let dialect = ServiceDialect(
            name: "firehose",
            violationCode: "ValidationException",
            package: "com.amazonaws.services.firehose.v20150804",
            numbers: .plain
        )
        return ServiceTable(self, inputs: Firehose.inputs, work: Self.work, dialect, dataPlane: ["PutRecord", "PutRecordBatch"])
    }

    // MARK: Streams by name

    /// The stream of that name that is not deleted.
    func stream(_ name: String, _ call: Call) throws(ServiceError) -> HostedDelivery {
        let key = DeliveryKey(account: call.account, region: call.region, name: name)
        guard let hosted = registry[key], !hosted.stream.isGone(at: call.now) else { throw .noDeliveryStream(name, call) }
        return hosted
    }

    /// Changes a stream, stored before it is so.
    func change(
        _ name: String,
        _ call: Call,
        _ body: (inout DeliveryStream) throws(ServiceError) -> Void
    ) throws(ServiceError) {
        let hosted = try stream(name, call)
        try store.write { transaction in
            // Transactions come one after the other, so nothing changes it meanwhile; before this one it may have gone, or another have its name.
            guard registry[hosted.key] === hosted, !hosted.stream.isGone(at: call.now) else { throw ServiceError.noDeliveryStream(name, call) }
            var changed = hosted.stream
            try body(&changed)
            try DeliveryTable(transaction.database, changed.key).save(changed)
            transaction.afterCommit { [changed] _ in hosted.replace(changed) }
        }
    }
}

extension ServiceError {
    static func noDeliveryStream(_ name: String, _ call: Call) -> ServiceError {
        ServiceError("ResourceNotFoundException", "Firehose \(name) under account \(call.account) not found.")
    }

    static func invalidArgument(_ message: String) -> ServiceError { ServiceError("InvalidArgumentException", message) }

    /// What AWS has and is not carried out here.
    static func notHere(_ what: String) -> ServiceError {
        ServiceError(
            "InvalidArgumentException",
            "\(what) is not carried out by personalite.",
            hint: "docs/fidelity-firehose.md lists what personalite carries out of Firehose"
        )
    }
}
