import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func listSolutionVersions(
        _ input: Personalize.ListSolutionVersionsRequest,
        _ call: Call
    ) throws(ServiceError) -> Personalize.ListSolutionVersionsResponse {
        if let solutionArn = input.solutionArn {
            _ = try resources(call) { try $0.existing(solutionArn, as: Personalize.Solution.self, call) }
        }
        let page = try page(
            Personalize.SolutionVersion.self,
            "ListSolutionVersions",
            parent: input.solutionArn,
            maxResults: input.maxResults,
            nextToken: input.nextToken,
            call
        )
        return Personalize.ListSolutionVersionsResponse(solutionVersions: page.shown.map { Self.summary($0.body) }, nextToken: page.nextToken)
    }

    static func summary(_ version: Personalize.SolutionVersion) -> Personalize.SolutionVersionSummary {
        Personalize.SolutionVersionSummary(
            solutionVersionArn: version.solutionVersionArn,
            status: version.status,
            trainingMode: version.trainingMode,
            trainingType: version.trainingType,
            creationDateTime: version.creationDateTime,
            lastUpdatedDateTime: version.lastUpdatedDateTime,
            failureReason: version.failureReason
        )
    }
}
