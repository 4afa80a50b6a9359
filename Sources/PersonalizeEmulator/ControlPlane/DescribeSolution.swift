import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func describeSolution(
        _ input: Personalize.DescribeSolutionRequest,
        _ call: Call
    ) throws(ServiceError) -> Personalize.DescribeSolutionResponse {
        let solution = try resources(call) { table in
            let found = try table.described(input.solutionArn, as: Personalize.Solution.self, call)
            var solution = found.body
            solution.latestSolutionVersion = try table.list(Personalize.SolutionVersion.self, parent: found.arn).last.map { Self.summary($0.body) }
            return solution
        }
        return Personalize.DescribeSolutionResponse(solution: solution)
    }
}
