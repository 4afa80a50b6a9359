import Wire

struct MetricDimension: Hashable, Sendable, Comparable {
    var name: String
    var value: String

    static func < (left: Self, right: Self) -> Bool { (left.name, left.value) < (right.name, right.value) }
}

/// What a metric is known by: two with other dimensions are two metrics.
struct MetricKey: Hashable, Sendable {
    var account: String
    var region: String
    var namespace: String
    var name: String
    /// In the order of their names.
    var dimensions: [MetricDimension]

    init(account: String, region: String, namespace: String, name: String, dimensions: [MetricDimension]) {
        self.account = account
        self.region = region
        self.namespace = namespace
        self.name = name
        self.dimensions = dimensions.sorted()
    }

    /// - Parameter metric: has `Namespace`, `MetricName` and `Dimensions`.
    init(_ metric: Document, namespace: String, _ call: Call) {
        let dimensions = (metric["Dimensions"]?.listIfAny ?? []).map {
            MetricDimension(name: $0["Name"]?.textIfAny ?? "", value: $0["Value"]?.textIfAny ?? "")
        }
        self.init(
            account: call.account,
            region: call.region,
            namespace: namespace,
            name: metric["MetricName"]?.textIfAny ?? "",
            dimensions: dimensions
        )
    }

    var document: Document {
        .members([
            ("Namespace", .string(namespace)), ("MetricName", .string(name)),
            ("Dimensions", .list(dimensions.map { .members([("Name", .string($0.name)), ("Value", .string($0.value))]) })),
        ])
    }

    /// About what it takes of memory.
    var bytes: Int {
        [account, region, namespace, name].reduce(128) { $0 + $1.utf8.count }
            + dimensions.reduce(0) { $0 + 64 + $1.name.utf8.count + $1.value.utf8.count }
    }

    /// In the order in which metrics are listed.
    var order: String {
        ([namespace, name] + dimensions.flatMap { [$0.name, $0.value] }).joined(separator: "\u{0}")
    }
}
