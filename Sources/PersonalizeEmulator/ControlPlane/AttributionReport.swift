import Logging
import Recommend
import ServiceKit
import Shapes
import Wire

/// The metrics of a metric attribution over imported interactions, by what caused them.
struct AttributionReport {
    static let unknownSource = "SOURCE_NAME_UNDEFINED"
    /// As many causes as a metric is kept for.
    static let maximumSources = 100

    struct Line: Equatable {
        var metric: String
        var eventType: String
        var value: Double
        var function: String
        var source: String
    }

    private(set) var lines: [Line] = []

    /// - Parameters:
    ///   - interactions: the rows that were imported.
    ///   - items: what the Items dataset says of items.
    ///   - source: the deployment behind a recommendation id, if it is known.
    init(_ metrics: [Personalize.MetricAttribute], _ interactions: Table, items: Table?, source: (String) -> String?) {
        let types = interactions.column("EVENT_TYPE")
        let (named, recommended) = (interactions.column("EVENT_ATTRIBUTION_SOURCE"), interactions.column("RECOMMENDATION_ID"))
        var sources: [String?] = []
        sources.reserveCapacity(interactions.rowCount)
        for row in 0..<interactions.rowCount {
            let own = named.flatMap { Self.text($0, row) }
            sources.append(own ?? recommended.flatMap { Self.text($0, row) }.flatMap { source($0) })
        }
        for metric in metrics {
            guard let types, let expression = try? MetricExpression(metric.expression, nil) else { continue }
            let values = Self.values(expression, interactions, items)
            var sums: [String: Double] = [:]
            for row in 0..<interactions.rowCount {
                guard let type = Self.text(types, row), type.uppercased() == metric.eventType.uppercased(), let value = values(row) else { continue }
                sums[sources[row] ?? Self.unknownSource, default: 0] += value
            }
            for (source, sum) in sums.sorted(by: { $0.key < $1.key }).prefix(Self.maximumSources) {
                lines.append(
                    Line(
                        metric: metric.metricName.uppercased(),
                        eventType: metric.eventType.uppercased(),
                        value: sum,
                        function: expression.function,
                        source: source
                    )
                )
            }
        }
    }

    private static func text(_ column: Column, _ row: Int) -> String? {
        if case .string(let text) = column[row], !text.isEmpty { text } else { nil }
    }

    private static func number(_ value: Value) -> Double? {
        switch value {
        case .long(let number): Double(number)
        case .double(let number): number
        default: nil
        }
    }

    /// What each row adds to a metric; nil adds nothing.
    private static func values(_ expression: MetricExpression, _ interactions: Table, _ items: Table?) -> (Int) -> Double? {
        switch expression {
        case .count: return { _ in 1 }
        case .sum(.interactions, let name):
            guard let column = interactions.column(name) else { return { _ in nil } }
            return { number(column[$0]) }
        case .sum(_, let name):
            guard let items, let ids = items.column("ITEM_ID"), let column = items.column(name), let item = interactions.column("ITEM_ID") else {
                return { _ in nil }
            }
            var known: [String: Double] = [:]
            for row in 0..<items.rowCount { if let id = text(ids, row), let value = number(column[row]) { known[id] = value } }
            return { row in text(item, row).flatMap { known[$0] } }
        }
    }

    func csv(at time: Timestamp) -> [UInt8] {
        var text = "METRIC_NAME,EVENT_TYPE,VALUE,MATH_FUNCTION,EVENT_ATTRIBUTION_SOURCE,TIMESTAMP\n"
        for line in lines {
            let cells = [line.metric, line.eventType, String(line.value), line.function, line.source, String(time.seconds)]
            text +=
                cells.map {
                    $0.contains(",") || $0.contains("\"")
                        ? "\"\($0.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\""))\"" : $0
                }
                .joined(separator: ",") + "\n"
        }
        return Array(text.utf8)
    }
}

/// The reports that import jobs ask for.
struct AttributionReports: Sendable {
    let context: WorkContext
    let attributeIndex: AttributeIndex

    /// Writes the report of an import job that asked for it.
    /// - Parameter time: when the job was made: one that is cut off and run again writes the same report again, and not a second one.
    func publish(
        _ job: String,
        made time: Timestamp,
        _ interactions: Table,
        mode: String,
        group: String,
        _ call: Call
    ) throws(JobFailure) {
        let found: (Resource<Personalize.MetricAttribution>, [Personalize.MetricAttribute], Table?, [String])?
        do throws(ServiceError) {
            found = try context.resources(call) { table in
                guard let attribution = try table.list(Personalize.MetricAttribution.self, parent: group).first else { return nil }
                let metrics = try table.list(Personalize.MetricAttribute.self, parent: attribution.arn).map(\.body)
                let deployments = try deployments(group: group, table)
                return (attribution, metrics, try items(group: group, table, call), deployments)
            }
        } catch {
            throw .internal(error)
        }
        guard let (attribution, metrics, items, deployments) = found, let path = attribution.body.metricsOutputConfig?.s3DataDestination?.path else {
            return
        }
        let marks = Dictionary(deployments.map { (RecommendationID.mark($0), $0) }) { first, _ in first }
        let report = AttributionReport(metrics, interactions, items: items) { id in marks[String(id.suffix(RecommendationID.markLength))] }
        let name = "AggregatedAttributionMetrics - \(mode) - \(time.milliseconds).csv"
        try context.files.write(report.csv(at: time), to: try context.files.outputFolder(path, call), name, made: time, call)
        context.log.info("metrics published", metadata: ["job": "\(job)", "lines": "\(report.lines.count)", "to": "\(path)\(name)"])
    }

    /// The rows of the Items dataset, bulk and streamed.
    private func items(group: String, _ table: ResourceTable, _ call: Call) throws -> Table? {
        let all = try table.list(Personalize.Dataset.self, parent: group)
        guard let dataset = all.first(where: { $0.body.datasetType == DatasetKind.items.rawValue }) else { return nil }
        return try attributeIndex.table(dataset.id, .items, try table.schema(of: dataset, call).columns)
    }

    /// The ARNs of everything that serves from a dataset group.
    private func deployments(group: String, _ table: ResourceTable) throws -> [String] {
        var arns = try table.list(Personalize.Recommender.self, parent: group).map(\.arn)
        for solution in try table.list(Personalize.Solution.self, parent: group) {
            arns += try table.list(Personalize.Campaign.self, parent: solution.arn).map(\.arn)
        }
        return arns
    }
}
