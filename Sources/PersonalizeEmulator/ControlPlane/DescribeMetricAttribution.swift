import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func describeMetricAttribution(
        _ input: Personalize.DescribeMetricAttributionRequest,
        _ call: Call
    ) throws(ServiceError) -> Personalize.DescribeMetricAttributionResponse {
        let found = try resources(call) { try $0.described(input.metricAttributionArn, as: Personalize.MetricAttribution.self, call) }
        return Personalize.DescribeMetricAttributionResponse(metricAttribution: found.body)
    }
}
