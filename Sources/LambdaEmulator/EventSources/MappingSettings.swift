import ServiceKit
import Wire

/// What an event source mapping is to do, read from its record.
struct MappingSettings: Sendable {
    let id: String
    let account: String
    let region: String
    let stream: String
    /// As it was named.
    let function: String
    let document: Document
    let filter: RecordFilter

    init(id: String, account: String, region: String, _ document: Document) {
        (self.id, self.account, self.region, self.document) = (id, account, region, document)
        filter = RecordFilter(document["FilterCriteria"])
        stream = document["EventSourceArn"]?.textIfAny ?? ""
        function = document["FunctionArn"]?.textIfAny ?? ""
    }

    private func number(_ name: String, _ usual: Int) -> Int { document[name]?.integerIfAny.map { Int($0) } ?? usual }

    var batchSize: Int { number("BatchSize", 100) }
    /// Seconds.
    var window: Int { number("MaximumBatchingWindowInSeconds", 0) }
    var lanes: Int { max(1, number("ParallelizationFactor", 1)) }
    /// −1 for no bound.
    var maximumRetries: Int { number("MaximumRetryAttempts", -1) }
    /// Seconds; −1 for no bound.
    var maximumAge: Int { number("MaximumRecordAgeInSeconds", -1) }
    var bisects: Bool { document["BisectBatchOnFunctionError"] == .boolean(true) }
    var reportsItems: Bool { !(document["FunctionResponseTypes"]?.listIfAny.isEmpty ?? true) }
    var isEnabled: Bool { document["Enabled"] == .boolean(true) }
    /// The bucket of what is given up.
    var destination: String? {
        document["DestinationConfig"]?["OnFailure"]?["Destination"]?.textIfAny.flatMap {
            $0.isEmpty ? nil : $0.split(separator: ":").last.map(String.init)
        }
    }

    /// Where a shard is read from that was never read.
    var start: [(name: String, value: Document?)] {
        switch document["StartingPosition"]?.textIfAny {
        case "TRIM_HORIZON": [("ShardIteratorType", .string("TRIM_HORIZON"))]
        // The tip is that of the creation: what came since then is read, whatever happened to the server.
        default:
            [
                ("ShardIteratorType", .string("AT_TIMESTAMP")),
                ("Timestamp", .timestamp(Timestamp(milliseconds: document["From"]?.integerIfAny ?? 0))),
            ]
        }
    }
}

/// One record of a stream, on its way to a function.
struct StreamRecord: Sendable {
    let sequence: String
    let key: String
    let data: [UInt8]
    /// Epoch milliseconds.
    let arrival: Int64

    init?(_ document: Document) {
        guard let sequence = document["SequenceNumber"]?.textIfAny, let key = document["PartitionKey"]?.textIfAny else { return nil }
        (self.sequence, self.key) = (sequence, key)
        if case .bytes(let bytes)? = document["Data"] { data = bytes } else { data = [] }
        if case .timestamp(let time)? = document["ApproximateArrivalTimestamp"] { arrival = time.milliseconds } else { arrival = 0 }
    }

    /// The most bytes that it takes in an event: its data in base64, a key of which every byte is escaped, and what else is said of it.
    var size: Int { (data.count + 2) / 3 * 4 + key.utf8.count * 6 + 1024 }

    /// As a function gets it.
    func document(shard: String, stream: String, region: String, role: String) -> Document {
        .members([
            (
                "kinesis",
                .members([
                    ("kinesisSchemaVersion", .string("1.0")), ("partitionKey", .string(key)), ("sequenceNumber", .string(sequence)),
                    ("data", .string(Base64.encode(data))), ("approximateArrivalTimestamp", .double(Double(arrival) / 1000)),
                ])
            ),
            ("eventSource", .string("aws:kinesis")), ("eventVersion", .string("1.0")), ("eventID", .string("\(shard):\(sequence)")),
            ("eventName", .string("aws:kinesis:record")), ("invokeIdentityArn", .string(role)), ("awsRegion", .string(region)),
            ("eventSourceARN", .string(stream)),
        ])
    }
}
