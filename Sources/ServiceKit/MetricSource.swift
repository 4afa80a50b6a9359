import Synchronization

/// A figure that a data plane adds to, without a lock; somebody takes what has gathered each few seconds.
///
/// The four numbers of one sample are not taken in one moment, so that a value that is added meanwhile may be counted in one sample and summed in
/// the next; none is lost.
package final class MetricCell: Sendable {
    private let sum = Atomic(0)
    private let count = Atomic(0)
    private let minimum = Atomic(Int.max)
    private let maximum = Atomic(Int.min)

    package init() {}

    package func add(_ value: Int) {
        sum.wrappingAdd(value, ordering: .relaxed)
        minimum.min(value, ordering: .relaxed)
        maximum.max(value, ordering: .relaxed)
        count.wrappingAdd(1, ordering: .relaxed)
    }

    /// Nil when nothing was added since it was asked last.
    package func take() -> MetricValues? {
        let taken = count.exchange(0, ordering: .relaxed)
        guard taken > 0 else { return nil }
        let sum = Double(sum.exchange(0, ordering: .relaxed))
        let (low, high) = (minimum.exchange(.max, ordering: .relaxed), maximum.exchange(.min, ordering: .relaxed))
        let mean = sum / Double(taken)
        return MetricValues(
            count: Double(taken),
            sum: sum,
            minimum: low == .max ? mean : Double(low),
            maximum: high == .min ? mean : Double(high)
        )
    }
}

/// Values that came together: what CloudWatch keeps of them.
package struct MetricValues: Sendable, Equatable {
    package var count: Double
    package var sum: Double
    package var minimum: Double
    package var maximum: Double

    package init(count: Double, sum: Double, minimum: Double, maximum: Double) {
        self.count = count
        self.sum = sum
        self.minimum = minimum
        self.maximum = maximum
    }

    package mutating func merge(_ other: MetricValues) {
        count += other.count
        sum += other.sum
        minimum = min(minimum, other.minimum)
        maximum = max(maximum, other.maximum)
    }
}

/// Figures of one metric of a service since they were taken last.
package struct MetricSample: Sendable {
    package var account: String
    package var region: String
    package var namespace: String
    package var name: String
    package var dimensions: [(name: String, value: String)]
    /// As CloudWatch names units.
    package var unit: String
    package var values: MetricValues

    package init(
        account: String,
        region: String,
        namespace: String,
        name: String,
        dimensions: [(name: String, value: String)],
        unit: String,
        values: MetricValues
    ) {
        self.account = account
        self.region = region
        self.namespace = namespace
        self.name = name
        self.dimensions = dimensions
        self.unit = unit
        self.values = values
    }
}

/// A service that has figures.
package protocol MetricSource: Sendable {
    /// Hands over what has gathered since it was asked last.
    func takeMetrics(_ take: (MetricSample) -> Void)
}
