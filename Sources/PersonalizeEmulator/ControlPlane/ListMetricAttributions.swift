import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func listMetricAttributions(
        _ input: Personalize.ListMetricAttributionsRequest,
        _ call: Call
    ) throws(ServiceError) -> Personalize.ListMetricAttributionsResponse {
        let page = try page(
            Personalize.MetricAttribution.self,
            "ListMetricAttributions",
            parent: input.datasetGroupArn,
            maxResults: input.maxResults,
            nextToken: input.nextToken,
            call
        )
        let summaries = page.shown.map {
            Personalize.MetricAttributionSummary(
                name: $0.body.name,
                metricAttributionArn: $0.body.metricAttributionArn,
                status: $0.body.status,
                creationDateTime: $0.body.creationDateTime,
                lastUpdatedDateTime: $0.body.lastUpdatedDateTime,
                failureReason: $0.body.failureReason
            )
        }
        return Personalize.ListMetricAttributionsResponse(metricAttributions: summaries, nextToken: page.nextToken)
    }
}
