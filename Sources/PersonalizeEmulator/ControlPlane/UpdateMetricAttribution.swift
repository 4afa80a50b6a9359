import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func updateMetricAttribution(
        _ input: Personalize.UpdateMetricAttributionRequest,
        _ call: Call
    ) throws(ServiceError) -> Personalize.UpdateMetricAttributionResponse {
        guard let arn = input.metricAttributionArn else { throw .Personalize.invalidInput("metricAttributionArn must be provided.") }
        if let output = input.metricsOutputConfig { try Self.checkOutput(output) }
        try resources(call) { table in
            var attribution = try table.changeable(arn, as: Personalize.MetricAttribution.self, in: [.active], call)
            for name in input.removeMetrics ?? [] {
                guard let metric = try table.find("\(arn)#\(name)", as: Personalize.MetricAttribute.self) else {
                    throw ServiceError.Personalize.invalidInput("The metric \(name) does not exist in \(arn).")
                }
                try table.remove(metric)
            }
            let schemas = try table.schemas(group: attribution.parent ?? "", call)
            for metric in input.addMetrics ?? [] { try add(metric, to: arn, schemas, table, call) }
            guard try !table.list(Personalize.MetricAttribute.self, parent: arn).isEmpty else {
                throw ServiceError.Personalize.invalidInput("A metric attribution must have a metric.")
            }
            if let output = input.metricsOutputConfig { attribution.body.metricsOutputConfig = output }
            attribution.lifecycle.changed = call.now
            try table.update(attribution)
            if let group = try table.find(attribution.parent ?? "", as: Personalize.DatasetGroup.self) {
                try serve(metricsOf: arn, group: group.id, table)
            }
        }
        return Personalize.UpdateMetricAttributionResponse(metricAttributionArn: arn)
    }
}
