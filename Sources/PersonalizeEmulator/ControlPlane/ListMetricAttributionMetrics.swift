import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func listMetricAttributionMetrics(
        _ input: Personalize.ListMetricAttributionMetricsRequest,
        _ call: Call
    ) throws(ServiceError) -> Personalize.ListMetricAttributionMetricsResponse {
        let page = try page(
            Personalize.MetricAttribute.self,
            "ListMetricAttributionMetrics",
            parent: input.metricAttributionArn,
            maxResults: input.maxResults,
            nextToken: input.nextToken,
            call
        )
        return Personalize.ListMetricAttributionMetricsResponse(metrics: page.shown.map(\.body), nextToken: page.nextToken)
    }
}
