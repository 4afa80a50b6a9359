import Wire

/// One kind of request to measure.
protocol Scenario: Sendable {
    /// As the API calls it, perhaps with the size.
    var name: String { get }
    /// For the table.
    var what: String { get }
    /// A bound on how many are sent in one measurement, for what they leave in the server's memory.
    var mostRequests: Int { get }
    /// Bytes of records in one request or answer; 0 where their rate says nothing.
    var payloadBytes: Int { get }
    /// Creates what the requests need, and gives them signed.
    func prepare(_ stage: Stage) throws(BenchFault) -> [WireRequest]
}

extension Scenario {
    var payloadBytes: Int { 0 }
}

enum Scenarios {
    static let all: [any Scenario] = [PutRecord(), PutRecords(), GetRecords(), GetRecordsPage(), PutEvents(), GetRecommendations()]
    /// Those that are measured once more on a server that keeps what it is given.
    static let durable: [any Scenario] = [PutRecord(), PutRecords()]
}
