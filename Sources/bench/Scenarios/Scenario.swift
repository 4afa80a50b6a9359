import Wire

/// One kind of request to measure.
protocol Scenario: Sendable {
    /// As the API calls it, perhaps with the size.
    var name: String { get }
    /// For the table.
    var what: String { get }
    /// A bound on how many are sent in one measurement, for what they leave in the server's memory.
    var mostRequests: Int { get }
    /// Requests a second at which it is measured as well, answered or not; nil for none.
    var rate: Double? { get }
    /// Bytes of records in one request or answer; 0 where their rate says nothing.
    var payloadBytes: Int { get }
    /// Creates what the requests need, and gives them signed.
    func prepare(_ stage: Stage) throws(BenchFault) -> [WireRequest]
}

extension Scenario {
    var rate: Double? { nil }
    var payloadBytes: Int { 0 }
}

enum Scenarios {
    static let all: [any Scenario] =
        [PutRecord(), PutRecords(), GetRecords(), GetRecordsPage(), PutEvents(), GetRecommendations()]
        + LargeRecommendations.Filtering.allCases.map { LargeRecommendations(filtering: $0) }
    /// Those that are measured once more on a server that keeps what it is given.
    static let durable: [any Scenario] = [PutRecord(), PutRecords()]
}
