import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func getSolutionMetrics(
        _ input: Personalize.GetSolutionMetricsRequest,
        _ call: Call
    ) throws(ServiceError) -> Personalize.GetSolutionMetricsResponse {
        let version = try resources(call) { try $0.existing(input.solutionVersionArn, as: Personalize.SolutionVersion.self, call) }
        guard version.lifecycle.status == .active else { throw .inUse(version.arn, version.lifecycle.status) }
        let metrics = try store.read { try SolutionMetrics.load(version.id.model, $0) }
        return Personalize.GetSolutionMetricsResponse(solutionVersionArn: version.arn, metrics: metrics)
    }
}
