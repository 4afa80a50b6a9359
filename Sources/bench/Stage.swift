import NIOCore
import Wire

/// What scenarios share: the client, and resources that are made once.
final class Stage {
    let client: APIClient
    private var made: SampleCatalogue?
    private var madeLarge: LargeCatalogue?

    init(client: APIClient) {
        self.client = client
    }

    /// A new stream that takes records; gives its name.
    func stream(_ name: String, shards: Int64 = 4) throws(BenchFault) -> String {
        try stream(name, ("ShardCount", .integer(shards)))
    }

    /// Likewise, on demand.
    func onDemandStream(_ name: String) throws(BenchFault) -> String {
        try stream(name, ("StreamModeDetails", .object(.init([("StreamMode", .string("ON_DEMAND"))]))))
    }

    private func stream(_ name: String, _ capacity: (String, Document)) throws(BenchFault) -> String {
        _ = try client.call("Kinesis_20131202.CreateStream", service: "kinesis", [("StreamName", .string(name)), capacity])
        try untilActive("StreamStatus") { () throws(BenchFault) in
            try client.call("Kinesis_20131202.DescribeStreamSummary", service: "kinesis", [("StreamName", .string(name))])["StreamDescriptionSummary"]
        }
        return name
    }

    /// A trained campaign and an event tracker.
    func catalogue() throws(BenchFault) -> SampleCatalogue {
        if let made { return made }
        let catalogue = try SampleCatalogue(self)
        made = catalogue
        return catalogue
    }

    func largeCatalogue() throws(BenchFault) -> LargeCatalogue {
        if let madeLarge { return madeLarge }
        let catalogue = try LargeCatalogue(self)
        madeLarge = catalogue
        return catalogue
    }

    /// One kilobyte that differs from its neighbours.
    static func record(_ number: Int) -> [UInt8] {
        (0..<1024).map { UInt8(truncatingIfNeeded: ($0 &* 31) ^ (number &* 17)) }
    }

    /// Asks for a resource until it is ACTIVE, for at most five minutes.
    func untilActive(_ field: String = "status", _ describe: () throws(BenchFault) -> Document?) throws(BenchFault) {
        let deadline = NIODeadline.now() + .minutes(5)
        while NIODeadline.now() < deadline {
            let resource = try describe()
            switch resource?[field]?.textIfAny {
            case "ACTIVE"?: return
            case "CREATE FAILED"?: throw BenchFault("A resource failed: \(resource?["failureReason"]?.textIfAny ?? "no reason given")")
            default: break
            }
        }
        throw BenchFault("A resource was not active within five minutes.")
    }
}
