import ServiceKit
import Wire

extension CloudWatchService {
    private static let maximumMetrics = 1000
    private static let maximumValues = 150
    /// Values may be so old, and so far ahead, in seconds.
    private static let past: Double = 14 * 86_400
    private static let future: Double = 2 * 3600

    func putMetricData(_ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        guard input["EntityMetricData"] == nil else { throw .notHere("EntityMetricData") }
        let namespace = input.required("Namespace").text
        guard !namespace.hasPrefix("AWS/") else {
            throw .invalidValue("The value AWS/ for parameter Namespace is invalid.")
        }
        let data = input["MetricData"]?.items ?? []
        guard !data.isEmpty else { throw .missing("The parameter MetricData is required.") }
        guard data.count <= Self.maximumMetrics else {
            throw .invalidValue("The collection MetricData must not have a size greater than \(Self.maximumMetrics).")
        }
        var read: [(datum: Document, values: MetricValues)] = []
        for (index, datum) in data.enumerated() {
            read.append((datum, try Self.values(datum, "MetricData.member.\(index + 1)", call)))
        }
        for (datum, values) in read {
            let seconds = datum["StorageResolution"]?.int ?? 60
            metrics.add(
                values,
                to: MetricKey(datum, namespace: namespace, call),
                unit: datum["Unit"]?.text ?? "None",
                at: datum["Timestamp"]?.time ?? call.now,
                seconds: Int64(seconds),
                now: call.now
            )
        }
        return nil
    }

    private static func values(_ datum: Document, _ path: String, _ call: Call) throws(ServiceError) -> MetricValues {
        if let seconds = datum["StorageResolution"]?.int, ![1, 60].contains(seconds) {
            throw .invalidValue("The parameter \(path).StorageResolution must be 1 or 60.")
        }
        if let time = datum["Timestamp"]?.time {
            guard time >= call.now.advanced(bySeconds: -past) else {
                throw .invalidValue("The parameter \(path).Timestamp must specify a time no more than two weeks in the past.")
            }
            guard time <= call.now.advanced(bySeconds: future) else {
                throw .invalidValue("The parameter \(path).Timestamp must specify a time no more than two hours in the future.")
            }
        }
        let dimensions = datum["Dimensions"]?.items ?? []
        let names = dimensions.map { $0.required("Name").text }
        guard Set(names).count == names.count else { throw .invalidValue("The parameter \(path).Dimensions has a name twice.") }
        let given = ["Value", "StatisticValues", "Values"].filter { datum[$0] != nil }
        guard given.count == 1 else {
            let message = "At least one of the parameters \(path).Value, \(path).Values, or \(path).StatisticValues must be specified."
            if given.isEmpty { throw .missing(message) }
            throw .invalidCombination(
                "The parameters \(path).\(given[0]) and \(path).\(given[1]) are mutually exclusive and you have specified both."
            )
        }
        if let set = datum["StatisticValues"] {
            let member = { (name: String) in set.required(name).number }
            let values = MetricValues(count: member("SampleCount"), sum: member("Sum"), minimum: member("Minimum"), maximum: member("Maximum"))
            try check([values.count, values.sum, values.minimum, values.maximum], "\(path).StatisticValues")
            guard values.count > 0, values.minimum <= values.maximum else {
                throw .invalidValue("The parameter \(path).StatisticValues has no values, or a Minimum above its Maximum.")
            }
            return values
        }
        let list = datum["Values"].map { $0.items.map(\.number) } ?? [datum.required("Value").number]
        let counts = datum["Counts"]?.items.map(\.number) ?? list.map { _ in 1 }
        guard !list.isEmpty, list.count <= maximumValues else {
            throw .invalidValue("The collection \(path).Values must not be empty or have a size greater than \(maximumValues).")
        }
        guard counts.count == list.count, counts.allSatisfy({ $0 > 0 && $0.isFinite }) else {
            throw .invalidValue("The parameters \(path).Values and \(path).Counts must be of the same size, and counts above 0.")
        }
        try check(list, "\(path).Value")
        return MetricValues(
            count: counts.reduce(0, +).finite,
            sum: zip(list, counts).reduce(0) { $0 + $1.0 * $1.1 }.finite,
            minimum: list.min() ?? 0,
            maximum: list.max() ?? 0
        )
    }

    /// Values lie between -2^360 and 2^360 ("MetricDatum", CloudWatch API reference, 2026).
    private static func check(_ values: [Double], _ path: String) throws(ServiceError) {
        let limit = Double(sign: .plus, exponent: 360, significand: 1)
        guard values.allSatisfy({ $0.isFinite && $0.magnitude <= limit }) else {
            throw .invalidValue("The value for parameter \(path) is invalid.")
        }
    }
}
