import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func deleteMetricAttribution(_ input: Personalize.DeleteMetricAttributionRequest, _ call: Call) throws(ServiceError) {
        try resources(call) { table in
            let attribution = try table.settled(input.metricAttributionArn, as: Personalize.MetricAttribution.self, call)
            for metric in try table.list(Personalize.MetricAttribute.self, parent: attribution.arn) { try table.remove(metric) }
            if let group = try table.find(attribution.parent ?? "", as: Personalize.DatasetGroup.self) {
                try serve(metricsOf: attribution.arn, group: group.id, table)
            }
            try table.delete(attribution, delay: configuration.jobDelay)
        }
    }
}
