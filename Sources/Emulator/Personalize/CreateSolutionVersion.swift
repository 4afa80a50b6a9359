package import Shapes
package import Wire

extension PersonalizeService {
    /// How many solution versions may be under way in a region.
    static let maximumPendingVersions = 20

    package func createSolutionVersion(
        _ input: Personalize.CreateSolutionVersionRequest,
        _ call: Call
    ) throws(ServiceError) -> Personalize.CreateSolutionVersionResponse {
        let mode = input.trainingMode ?? "FULL"
        guard mode != "AUTOTRAIN" else { throw .Personalize.invalidInput("trainingMode AUTOTRAIN is set by the service only.") }
        let arn = try resources(call) { table in
            let solution = try table.active(input.solutionArn, as: Personalize.Solution.self, call)
            let id = input.name ?? HexText.random(digits: 8)
            let arn = "\(solution.arn)/\(id)"
            try table.checkIsNew(arn, as: Personalize.SolutionVersion.self)
            let versions = try table.list(Personalize.SolutionVersion.self)
            if mode == "UPDATE" { try Self.checkUpdate(solution, versions.filter { $0.parent == solution.arn }) }
            guard versions.count(where: { !$0.lifecycle.status.isSettled }) < Self.maximumPendingVersions else {
                throw ServiceError.Personalize.limitExceeded(
                    "More than \(Self.maximumPendingVersions) resources with PENDING or IN_PROGRESS status."
                )
            }
            let body = Personalize.SolutionVersion(
                name: input.name ?? "\(solution.body.name ?? "")/\(id)",
                solutionVersionArn: arn,
                solutionArn: solution.arn,
                performHPO: solution.body.performHPO,
                performAutoML: solution.body.performAutoML,
                performIncrementalUpdate: solution.body.performIncrementalUpdate,
                recipeArn: solution.body.recipeArn,
                eventType: solution.body.eventType,
                datasetGroupArn: solution.body.datasetGroupArn,
                solutionConfig: solution.body.solutionConfig,
                trainingMode: mode,
                trainingType: "MANUAL"
            )
            let lifecycle = Lifecycle.creating(at: call.now, delay: configuration.jobDelay, needsWork: true)
            try table.insert(body, arn: arn, parent: solution.arn, lifecycle: lifecycle)
            try table.attach(input.tags, to: arn)
            return arn
        }
        start(.training, arn, call)
        return Personalize.CreateSolutionVersionResponse(solutionVersionArn: arn)
    }

    private static func checkUpdate(
        _ solution: Resource<Personalize.Solution>,
        _ versions: [Resource<Personalize.SolutionVersion>]
    ) throws(ServiceError) {
        let recipes = ["aws-user-personalization", "aws-hrnn-coldstart"]
        guard let recipe = Recipe.named(solution.body.recipeArn), recipes.contains(recipe.name) else {
            throw .Personalize.invalidInput("trainingMode UPDATE is not supported for recipe \(solution.body.recipeArn ?? "").")
        }
        guard versions.contains(where: { $0.lifecycle.status == .active && $0.body.trainingMode == "FULL" }) else {
            throw .Personalize.invalidInput("trainingMode UPDATE requires an active solution version trained with FULL.")
        }
    }
}
