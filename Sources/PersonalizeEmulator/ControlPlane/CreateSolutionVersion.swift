import Recommend
import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func createSolutionVersion(
        _ input: Personalize.CreateSolutionVersionRequest,
        _ call: Call
    ) throws(ServiceError) -> Personalize.CreateSolutionVersionResponse {
        let mode = input.trainingMode ?? "FULL"
        guard mode != "AUTOTRAIN" else { throw .Personalize.invalidInput("trainingMode AUTOTRAIN is set by the service only.") }
        let arn = try resources(call) { table in
            let solution = try table.active(input.solutionArn, as: Personalize.Solution.self, call)
            if mode == "UPDATE" { try Self.checkUpdate(solution, try table.list(Personalize.SolutionVersion.self, parent: solution.arn)) }
            try configuration.quotas.check(
                .pendingVersions,
                has: try table.list(Personalize.SolutionVersion.self).count { !$0.lifecycle.status.isSettled }
            )
            let arn = try makeVersion(of: solution, name: input.name, mode: mode, type: "MANUAL", table, call)
            try table.attach(input.tags, to: arn)
            queue.start(work.training, arn, table, call)
            return arn
        }
        return Personalize.CreateSolutionVersionResponse(solutionVersionArn: arn)
    }

    /// A solution version that waits for its training.
    /// - Returns: its ARN.
    func makeVersion(
        of solution: Resource<Personalize.Solution>,
        name: String?,
        mode: String,
        type: String,
        _ table: ResourceTable,
        _ call: Call
    ) throws -> String {
        let id = name ?? HexText.random(digits: 8)
        let arn = "\(solution.arn)/\(id)"
        try table.checkIsNew(arn, as: Personalize.SolutionVersion.self)
        let body = Personalize.SolutionVersion(
            name: name ?? "\(solution.body.name ?? "")/\(id)",
            solutionVersionArn: arn,
            solutionArn: solution.arn,
            performHPO: solution.body.performHPO,
            performAutoML: solution.body.performAutoML,
            performIncrementalUpdate: solution.body.performIncrementalUpdate,
            recipeArn: solution.body.recipeArn,
            eventType: solution.body.eventType,
            datasetGroupArn: solution.body.datasetGroupArn,
            solutionConfig: solution.body.solutionConfig ?? Self.unsaidConfig(solution.body.recipeArn),
            trainingMode: mode,
            trainingType: type
        )
        let lifecycle = Lifecycle.creating(at: call.now, delay: configuration.jobDelay, needsWork: true)
        try table.insert(body, arn: arn, parent: solution.arn, lifecycle: lifecycle)
        return arn
    }

    /// What a version shows when its solution was given no configuration: an empty one, or for segments none.
    private static func unsaidConfig(_ recipeArn: String?) -> Personalize.SolutionConfig? {
        PersonalizeRecipe.named(recipeArn)?.trained?.family == .segments ? nil : Personalize.SolutionConfig()
    }

    private static func checkUpdate(
        _ solution: Resource<Personalize.Solution>,
        _ versions: [Resource<Personalize.SolutionVersion>]
    ) throws(ServiceError) {
        let recipes = ["aws-user-personalization", "aws-hrnn-coldstart"]
        guard let recipe = PersonalizeRecipe.named(solution.body.recipeArn), recipes.contains(recipe.name) else {
            throw .Personalize.invalidInput("trainingMode UPDATE is not supported for recipe \(solution.body.recipeArn ?? "").")
        }
        guard versions.contains(where: { $0.lifecycle.status == .active && $0.body.trainingMode == "FULL" }) else {
            throw .Personalize.invalidInput("trainingMode UPDATE requires an active solution version trained with FULL.")
        }
    }
}
