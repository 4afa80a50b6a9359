import Wire

struct PutRecords: Scenario {
    let name = "PutRecords"
    let what = "PutRecords (500 × 1 KB)"
    let mostRequests = 1500
    let payloadBytes = 500 * 1024

    func prepare(_ stage: Stage) throws(BenchFault) -> [WireRequest] {
        let stream = try stage.stream("bench-put-records")
        return (0..<8).map { batch in
            let records = (0..<500).map { number in
                Document.object(
                    .init([("Data", .bytes(Stage.record(batch * 500 + number))), ("PartitionKey", .string("key-\(batch)-\(number)"))])
                )
            }
            return stage.client.request(
                "Kinesis_20131202.PutRecords",
                service: "kinesis",
                [("StreamName", .string(stream)), ("Records", .list(records))]
            )
        }
    }
}
