import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func createSolution(_ input: Personalize.CreateSolutionRequest, _ call: Call) throws(ServiceError) -> Personalize.CreateSolutionResponse {
        let arn = ARN.personalize("solution/\(input.name)", call)
        try resources(call) { table in
            let group = try table.active(input.datasetGroupArn, as: Personalize.DatasetGroup.self, call)
            let recipe = try SolutionSettings(schemas: table.schemas(group: group.arn, call)).check(input)
            try table.checkIsNew(arn, as: Personalize.Solution.self)
            try configuration.quotas.check(.solutions, has: try table.list(Personalize.Solution.self, parent: group.arn).count)
            let body = Personalize.Solution(
                name: input.name,
                solutionArn: arn,
                performHPO: input.performHPO ?? false,
                performAutoML: input.performAutoML ?? false,
                performAutoTraining: input.performAutoTraining ?? true,
                performIncrementalUpdate: input.performIncrementalUpdate,
                recipeArn: recipe.arn,
                datasetGroupArn: group.arn,
                eventType: input.eventType,
                solutionConfig: input.solutionConfig
            )
            try table.insert(body, arn: arn, parent: group.arn, lifecycle: .creating(at: call.now, delay: configuration.jobDelay))
            try table.attach(input.tags, to: arn)
        }
        return Personalize.CreateSolutionResponse(solutionArn: arn)
    }
}
