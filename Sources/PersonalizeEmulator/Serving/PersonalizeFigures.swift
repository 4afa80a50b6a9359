import Dispatch
package import ServiceKit
import Synchronization
import Wire

/// The figures of deployments, trackers and datasets that CloudWatch shows.
final class PersonalizeFigures: Sendable {
    /// The operations whose requests are counted, by the names that AWS has for their figures.
    enum Operation: String {
        case getRecommendations = "GetRecommendations"
        case getPersonalizedRanking = "GetPersonalizedRanking"
        case putEvents = "PutEvents"
        case putItems = "PutItems"
        case putUsers = "PutUsers"

        var requests: String {
            switch self {
            case .getRecommendations, .getPersonalizedRanking: rawValue
            case .putEvents, .putItems, .putUsers: rawValue + "Requests"
            }
        }

        var latency: String { self == .putEvents ? "PutEventLatency" : rawValue + "Latency" }
    }

    struct Dimension: Hashable {
        var name: String
        var value: String

        init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
    }

    private struct Key: Hashable {
        var account: String
        var region: String
        var name: String
        var unit: String
        var dimensions: [Dimension]
    }

    /// Those that have gathered between two looks; what would be one more is not counted.
    private static let maximumKeys = 20_000

    private let values = Mutex<[Key: MetricValues]>([:])

    func add(_ value: Double, to name: String, unit: String, _ dimensions: [Dimension], _ call: Call) {
        // The values that CloudWatch takes ("PutMetricData", Amazon CloudWatch API reference, 2026); sums of them stay finite.
        guard value.magnitude <= 0x1p360 else { return }
        let key = Key(
            account: call.account,
            region: call.region,
            name: name,
            unit: unit,
            dimensions: dimensions
        )
        let one = MetricValues(count: 1, sum: value, minimum: value, maximum: value)
        values.withLock { values in
            if values[key]?.merge(one) == nil, values.count < Self.maximumKeys { values[key] = one }
        }
    }

    /// Counts a request: that it was sent, how long it took without the wait for the disk, and how it failed.
    /// - Parameter dimensions: what the request was for, asked when it has been answered; nil when that is nothing that is here.
    func counting<Answer>(
        _ operation: Operation,
        _ call: Call,
        _ dimensions: () -> [Dimension]?,
        _ body: () throws(ServiceError) -> Answer
    ) throws(ServiceError) -> Answer {
        let began = DispatchTime.now().uptimeNanoseconds
        func note(_ error: ServiceError?) {
            guard let dimensions = dimensions() else { return }
            add(1, to: operation.requests, unit: "Count", dimensions, call)
            let milliseconds = Double(DispatchTime.now().uptimeNanoseconds &- began) / 1e6
            add(milliseconds, to: operation.latency, unit: "Milliseconds", dimensions, call)
            guard let error else { return }
            add(
                1,
                to: operation.rawValue + (error.status >= 500 ? "5xxErrors" : "4xxErrors"),
                unit: "Count",
                dimensions,
                call
            )
        }
        do throws(ServiceError) {
            let answer = try body()
            note(nil)
            return answer
        } catch {
            note(error)
            throw error
        }
    }

    func removeAll() { values.withLock { $0 = [:] } }

    func take(_ take: (MetricSample) -> Void) {
        let taken = values.withLock { values in
            defer { values = [:] }
            return values
        }
        for (key, values) in taken {
            take(
                MetricSample(
                    account: key.account,
                    region: key.region,
                    namespace: "AWS/Personalize",
                    name: key.name,
                    dimensions: key.dimensions.map { ($0.name, $0.value) },
                    unit: key.unit,
                    values: values
                )
            )
        }
    }
}

extension PersonalizeServices: MetricSource {
    package func takeMetrics(_ take: (MetricSample) -> Void) { figures.take(take) }
}
