import Recommend
import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func createMetricAttribution(
        _ input: Personalize.CreateMetricAttributionRequest,
        _ call: Call
    ) throws(ServiceError) -> Personalize.CreateMetricAttributionResponse {
        let arn = ARN.personalize("metric-attribution/\(input.name)", call)
        try Self.checkOutput(input.metricsOutputConfig)
        try resources(call) { table in
            let group = try table.active(input.datasetGroupArn, as: Personalize.DatasetGroup.self, call)
            try table.checkIsNew(arn, as: Personalize.MetricAttribution.self)
            if let other = try table.list(Personalize.MetricAttribution.self, parent: group.arn).first {
                throw ServiceError.Personalize.resourceAlreadyExists("Another resource with Arn \(other.arn) already exists.")
            }
            let schemas = try table.schemas(group: group.arn, call)
            guard schemas[.interactions]?["EVENT_TYPE"] != nil else {
                throw ServiceError.Personalize.invalidInput("A metric attribution requires an Interactions dataset with the field EVENT_TYPE.")
            }
            guard !input.metrics.isEmpty else { throw ServiceError.Personalize.invalidInput("A metric attribution must have a metric.") }
            let body = Personalize.MetricAttribution(
                name: input.name,
                metricAttributionArn: arn,
                datasetGroupArn: group.arn,
                metricsOutputConfig: input.metricsOutputConfig
            )
            try table.insert(body, arn: arn, parent: group.arn, lifecycle: .creating(at: call.now, delay: configuration.jobDelay))
            for metric in input.metrics { try add(metric, to: arn, schemas, table, call) }
            try serve(metricsOf: arn, group: group.id, table)
        }
        return Personalize.CreateMetricAttributionResponse(metricAttributionArn: arn)
    }

    /// How many metrics an attribution may have.
    static let maximumMetrics = 10

    static func checkOutput(_ output: Personalize.MetricAttributionOutput) throws(ServiceError) {
        if let path = output.s3DataDestination?.path, ObjectLocation(path) == nil { throw .Personalize.invalidInput("Invalid S3 output path") }
    }

    /// Adds a metric; its ARN is a name that no other resource can have.
    func add(
        _ metric: Personalize.MetricAttribute,
        to attribution: String,
        _ schemas: [DatasetKind: AvroSchema],
        _ table: ResourceTable,
        _ call: Call
    ) throws {
        _ = try MetricExpression(metric.expression, schemas)
        let arn = "\(attribution)#\(metric.metricName)"
        if try table.find(arn, as: Personalize.MetricAttribute.self) != nil {
            throw ServiceError.Personalize.resourceAlreadyExists("The metric \(metric.metricName) already exists in \(attribution).")
        }
        let settled = Lifecycle(status: .active, due: nil, changed: call.now, step: 0, needsWork: false)
        try table.insert(metric, arn: arn, parent: attribution, lifecycle: settled)
        guard try table.list(Personalize.MetricAttribute.self, parent: attribution).count <= Self.maximumMetrics else {
            throw ServiceError.Personalize.invalidInput("A metric attribution can have at most \(Self.maximumMetrics) metrics.")
        }
    }
}
