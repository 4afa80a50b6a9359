import Wire

struct GetRecords: Scenario {
    let name = "GetRecords"
    let what = "GetRecords (100 × 1 KB)"
    let mostRequests = 100_000

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
        let answer = try stage.client.call(
            "Kinesis_20131202.GetShardIterator",
            service: "kinesis",
            [
                ("StreamName", .string(stream)), ("ShardId", .string("shardId-000000000000")),
                ("ShardIteratorType", .string("TRIM_HORIZON")),
            ]
        )
        guard let iterator = answer["ShardIterator"] else { throw BenchFault("GetShardIterator gave no iterator.") }
        return [stage.client.request("Kinesis_20131202.GetRecords", service: "kinesis", [("ShardIterator", iterator), ("Limit", .integer(100))])]
    }
}
