import ServiceKit
import Shapes

/// What the data plane counts of the events of a dataset group.
extension PersonalizeService {
    /// Tells it of the metrics of an attribution once the transaction is committed.
    func serve(metricsOf attribution: String, group: DatasetGroupID, _ table: ResourceTable) throws {
        let metrics = try table.list(Personalize.MetricAttribute.self, parent: attribution).compactMap {
            metric -> ReportedMetric? in
            guard let expression = try? MetricExpression(metric.body.expression, nil) else { return nil }
            return ReportedMetric(
                eventType: metric.body.eventType.uppercased(),
                name: metric.body.metricName,
                expression: expression
            )
        }
        table.afterCommit { [serving] in serving.report(metrics, group: group, $0) }
    }
}
