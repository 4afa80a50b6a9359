import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func updateSolution(_ input: Personalize.UpdateSolutionRequest, _ call: Call) throws(ServiceError) -> Personalize.UpdateSolutionResponse {
        try resources(call) { table in
            let solution = try table.changeable(input.solutionArn, as: Personalize.Solution.self, in: [.active], call)
            try SolutionSettings.check(input, of: solution.body, PersonalizeRecipe.stored(solution.body.recipeArn, in: solution.arn))
            _ = try table.begin(
                Personalize.SolutionUpdateSummary(
                    solutionUpdateConfig: input.solutionUpdateConfig,
                    performAutoTraining: input.performAutoTraining,
                    performIncrementalUpdate: input.performIncrementalUpdate
                ),
                of: solution,
                parent: solution.parent,
                model: nil,
                lifecycle: .creating(at: call.now, delay: configuration.jobDelay)
            )
        }
        return Personalize.UpdateSolutionResponse(solutionArn: input.solutionArn)
    }
}
