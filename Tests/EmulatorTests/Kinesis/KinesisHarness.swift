import FoundationEssentials
import Logging
import Shapes
import Streams
import Wire

@testable import Emulator
@testable import KinesisEmulator
@testable import PersonalizeEmulator
@testable import ServiceKit

/// Kinesis with a clock that stands still.
final class KinesisHarness: Sendable {
    let time: ManualTime
    /// The clock that clients wait by; the same unless a test has another.
    let machine: ManualTime
    let store: Store
    let recordLog: RecordLog
    let service: KinesisService
    let table: ServiceTable

    static let account = "000000000000"

    /// - Parameter time: the clock of an earlier run on the same directory, so that it goes on.
    init(
        directory: String? = nil,
        time: ManualTime = ManualTime(),
        machine: ManualTime? = nil,
        policy: RecordLog.SyncPolicy = .everySecond,
        files: any LogFileSystem = PosixFileSystem(),
        rollAt: Int = RecordLog.segmentSize,
        buckets: (any BucketSink)? = nil,
        configure: (inout ServerConfiguration) -> Void = { _ in }
    ) throws {
        self.time = time
        self.machine = machine ?? time
        var configuration = ServerConfiguration()
        configuration.dataDirectory = directory
        configure(&configuration)
        let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        store = try Store(directory: directory)
        recordLog =
            if let directory {
                try RecordLog.open(
                    directory: directory + "/log",
                    policy: policy,
                    files: files,
                    rollAt: rollAt,
                    summaries: [KinesisService.logSummary]
                ).log
            } else {
                .inMemory()
            }
        service = KinesisService(
            store: store,
            recordLog: recordLog,
            configuration: configuration,
            time: time,
            machine: self.machine,
            buckets: buckets,
            log: log
        )
        table = service.table
        try service.restore()
        _ = try recordLog.recover { service.restore($0) }
        service.restored()
    }

    /// As an orderly end does it.
    func close() {
        recordLog.close()
        store.close()
    }

    func call(account: String = KinesisHarness.account, region: String = "us-east-1") -> Call {
        Call(account: account, region: region, now: time.now, requestID: "test")
    }

    /// Calls an operation with a JSON body, through the checks that a request meets, and gives its output.
    @discardableResult
    func ask(_ operation: String, _ json: String, _ call: Call? = nil) throws -> Document {
        guard let entry = table[operation] else { preconditionFailure("no operation \(operation)") }
        return try table.run(entry, try JSON.parse(json), call ?? self.call()) ?? .null
    }

    /// The error that an operation is refused with; nil when it is not.
    func refusal(_ operation: String, _ json: String, _ call: Call? = nil) -> ServiceError? {
        do {
            try ask(operation, json, call)
            return nil
        } catch {
            return error as? ServiceError
        }
    }

    func create(_ name: String = "s", shards: Int = 1) throws {
        try ask("CreateStream", #"{"StreamName":"\#(name)","ShardCount":\#(shards)}"#)
    }

    @discardableResult
    func put(_ text: String, key: String = "p", into name: String = "s") throws -> String {
        let data = Base64.encode(Array(text.utf8))
        return try ask("PutRecord", #"{"StreamName":"\#(name)","Data":"\#(data)","PartitionKey":"\#(key)"}"#).required("SequenceNumber").text
    }

    func iterator(_ type: String = "TRIM_HORIZON", of name: String = "s", shard: Int = 0) throws -> String {
        try ask("GetShardIterator", #"{"StreamName":"\#(name)","ShardId":"\#(shard)","ShardIteratorType":"\#(type)"}"#).required("ShardIterator").text
    }

    func read(_ iterator: String) throws -> [String] {
        try ask("GetRecords", #"{"ShardIterator":"\#(iterator)"}"#).required("Records").items.map {
            String(decoding: $0.required("Data").blob, as: UTF8.self)
        }
    }

    func status(of name: String = "s") throws -> String {
        try ask("DescribeStreamSummary", #"{"StreamName":"\#(name)"}"#).required("StreamDescriptionSummary").required("StreamStatus").text
    }
}

/// Runs a test with a directory of its own.
func withDataDirectory(_ body: (String) throws -> Void) throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "personalite-kinesis-\(UInt64.random(in: 0 ... .max))").path()
    defer { try? FileManager.default.removeItem(atPath: path) }
    try body(path)
}
