import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func describeSolutionVersion(
        _ input: Personalize.DescribeSolutionVersionRequest,
        _ call: Call
    ) throws(ServiceError) -> Personalize.DescribeSolutionVersionResponse {
        let found = try resources(call) { try $0.existing(input.solutionVersionArn, as: Personalize.SolutionVersion.self, call) }
        var version = found.body
        if !found.lifecycle.status.comesAfterCreation {
            version.trainingHours = nil
            version.tunedHPOParams = nil
        }
        return Personalize.DescribeSolutionVersionResponse(solutionVersion: version)
    }
}
