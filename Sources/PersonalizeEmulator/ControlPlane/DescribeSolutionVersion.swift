import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func describeSolutionVersion(
        _ input: Personalize.DescribeSolutionVersionRequest,
        _ call: Call
    ) throws(ServiceError) -> Personalize.DescribeSolutionVersionResponse {
        let found = try resources(call) { try $0.existing(input.solutionVersionArn, as: Personalize.SolutionVersion.self, call) }
        return Personalize.DescribeSolutionVersionResponse(solutionVersion: found.body)
    }
}
