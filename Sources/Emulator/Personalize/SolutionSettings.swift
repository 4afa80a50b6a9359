import Recommend
import Shapes
import Wire

/// What a solution may be told: everything else is refused here and not ignored later.
enum SolutionSettings {
    static func check(_ input: Personalize.CreateSolutionRequest) throws(ServiceError) -> Recipe {
        guard input.performAutoML != true else {
            throw unsupported("performAutoML is not supported.", hint: "AutoML is deprecated by AWS; name a recipeArn")
        }
        guard let recipeArn = input.recipeArn else { throw .Personalize.invalidInput("A recipeArn must be provided.") }
        guard let recipe = Recipe.named(recipeArn) else { throw .notFound(recipeArn) }
        guard recipe.domain == nil else {
            throw .Personalize.invalidInput("The recipe \(recipeArn) is for recommenders; use CreateRecommender.")
        }
        guard recipe.isTrainable else {
            throw unsupported(
                "The recipe \(recipeArn) is not supported.",
                hint: "personalite trains \(Recipe.all.filter(\.isTrainable).map(\.name).joined(separator: ", "))"
            )
        }
        if input.performHPO == true { throw unsupported("performHPO is not supported.", hint: "personalite does not search hyperparameters yet") }
        if input.performIncrementalUpdate == true {
            throw .Personalize.invalidInput("performIncrementalUpdate is not supported for recipe \(recipeArn).")
        }
        if let config = input.solutionConfig { try check(config, input, recipe) }
        return recipe
    }

    private static func check(
        _ config: Personalize.SolutionConfig,
        _ input: Personalize.CreateSolutionRequest,
        _ recipe: Recipe
    ) throws(ServiceError) {
        if config.hpoConfig != nil { throw .Personalize.invalidInput("hpoConfig requires performHPO.") }
        if config.autoMLConfig != nil { throw .Personalize.invalidInput("autoMLConfig requires performAutoML.") }
        if config.eventsConfig != nil { throw .Personalize.invalidInput("eventsConfig is not supported for recipe \(recipe.arn).") }
        if config.optimizationObjective != nil {
            throw unsupported("optimizationObjective is not supported.", hint: "personalite does not optimise for an objective yet")
        }
        if config.autoTrainingConfig != nil, input.performAutoTraining == false {
            throw .Personalize.invalidInput("autoTrainingConfig requires performAutoTraining.")
        }
        try check(config.autoTrainingConfig)
        if let threshold = config.eventValueThreshold, Double(threshold) == nil {
            throw .Personalize.invalidInput("Invalid eventValueThreshold: \(threshold).")
        }
        guard let trained = Recommend.Recipe(rawValue: recipe.name) else { return }
        let refusal = Hyperparameters.validate(
            trained,
            algorithm: config.algorithmHyperParameters ?? [:],
            featurization: config.featureTransformationParameters ?? [:]
        )
        if let refusal { throw .Personalize.invalidInput(refusal) }
    }

    private static func check(_ config: Personalize.AutoTrainingConfig?) throws(ServiceError) {
        guard let expression = config?.schedulingExpression, AutoTraining.days(expression) == nil else { return }
        throw .Personalize.invalidInput("Invalid schedulingExpression: \(expression). The rate must be from 1 to 30 days.")
    }

    /// What an update may ask of a solution.
    static func check(_ update: Personalize.UpdateSolutionRequest, of solution: Personalize.Solution) throws(ServiceError) {
        let trains = update.performAutoTraining ?? solution.performAutoTraining ?? true
        if update.solutionUpdateConfig?.autoTrainingConfig != nil, !trains {
            throw .Personalize.invalidInput("autoTrainingConfig requires performAutoTraining.")
        }
        try check(update.solutionUpdateConfig?.autoTrainingConfig)
        if update.performIncrementalUpdate == true {
            throw .Personalize.invalidInput("performIncrementalUpdate is not supported for recipe \(solution.recipeArn ?? "").")
        }
        if update.solutionUpdateConfig?.eventsConfig != nil {
            throw .Personalize.invalidInput("eventsConfig is not supported for recipe \(solution.recipeArn ?? "").")
        }
    }

    private static func unsupported(_ message: String, hint: String) -> ServiceError {
        ServiceError("InvalidInputException", message, hint: hint)
    }
}
