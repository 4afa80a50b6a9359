import Wire

struct PutRecord: Scenario {
    let name = "PutRecord"
    let what = "PutRecord (1 KB)"
    let mostRequests = 200_000
    let payloadBytes = 1024

    func prepare(_ stage: Stage) throws(BenchFault) -> [WireRequest] {
        let stream = try stage.stream("bench-put-record")
        return (0..<512).map { number in
            stage.client.request(
                "Kinesis_20131202.PutRecord",
                service: "kinesis",
                [("StreamName", .string(stream)), ("Data", .bytes(Stage.record(number))), ("PartitionKey", .string("key-\(number)"))]
            )
        }
    }
}
