import Wire

struct GetRecords: Scenario {
    let name = "GetRecords"
    let what = "GetRecords (100 × 1 KB)"
    let mostRequests = 100_000
    let payloadBytes = 100 * 1024

    func prepare(_ stage: Stage) throws(BenchFault) -> [WireRequest] {
        let stream = try stage.stream("bench-get-records", shards: 1)
        let records = (0..<100).map { number in
            Document.object(.init([("Data", .bytes(Stage.record(number))), ("PartitionKey", .string("key-\(number)"))]))
        }
        _ = try stage.client.call(
            "Kinesis_20131202.PutRecords",
            service: "kinesis",
            [("StreamName", .string(stream)), ("Records", .list(records))]
        )
        return [try stage.reading(stream, limit: 100)]
    }
}

/// As many records as one answer takes.
struct GetRecordsPage: Scenario {
    let name = "GetRecords page"
    let what = "GetRecords (10,000 × 1 KB)"
    let mostRequests = 2000
    let payloadBytes = 10_000 * 1024

    func prepare(_ stage: Stage) throws(BenchFault) -> [WireRequest] {
        let stream = try stage.stream("bench-get-records-page", shards: 1)
        for batch in 0..<20 {
            let records = (0..<500).map { number in
                Document.object(.init([("Data", .bytes(Stage.record(batch * 500 + number))), ("PartitionKey", .string("key-\(number)"))]))
            }
            _ = try stage.client.call(
                "Kinesis_20131202.PutRecords",
                service: "kinesis",
                [("StreamName", .string(stream)), ("Records", .list(records))]
            )
        }
        return [try stage.reading(stream, limit: 10_000)]
    }
}

extension Stage {
    /// A request for the first records of a stream's one shard.
    fileprivate func reading(_ stream: String, limit: Int64) throws(BenchFault) -> WireRequest {
        let answer = try client.call(
            "Kinesis_20131202.GetShardIterator",
            service: "kinesis",
            [
                ("StreamName", .string(stream)), ("ShardId", .string("shardId-000000000000")), ("ShardIteratorType", .string("TRIM_HORIZON")),
            ]
        )
        guard let iterator = answer["ShardIterator"] else { throw BenchFault("GetShardIterator gave no iterator.") }
        return client.request("Kinesis_20131202.GetRecords", service: "kinesis", [("ShardIterator", iterator), ("Limit", .integer(limit))])
    }
}
