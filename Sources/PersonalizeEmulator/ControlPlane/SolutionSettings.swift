import Recommend
import Shapes
import Wire

/// What a solution may be told: everything else is refused here and not ignored later.
struct SolutionSettings {
    /// The schemas of the dataset group's datasets.
    let schemas: [DatasetKind: AvroSchema]

    /// - Returns: the recipe.
    func check(_ input: Personalize.CreateSolutionRequest) throws(ServiceError) -> PersonalizeRecipe {
        guard input.performAutoML != true else {
            throw Self.unsupported("performAutoML is not supported.", hint: "AutoML is deprecated by AWS; name a recipeArn")
        }
        guard let recipeArn = input.recipeArn else { throw .Personalize.invalidInput("A recipeArn must be provided.") }
        guard let recipe = PersonalizeRecipe.named(recipeArn) else { throw .notFound(recipeArn) }
        guard let trained = recipe.trained else {
            throw .Personalize.invalidInput("The recipe \(recipeArn) is for recommenders; use CreateRecommender.")
        }
        if input.performHPO == true, !trained.isTunable {
            throw .Personalize.invalidInput("performHPO is not supported for recipe \(recipeArn).")
        }
        try Self.check(incrementalUpdate: input.performIncrementalUpdate, recipe)
        if let config = input.solutionConfig { try check(config, input, recipe, trained) }
        return recipe
    }

    private func check(
        _ config: Personalize.SolutionConfig,
        _ input: Personalize.CreateSolutionRequest,
        _ recipe: PersonalizeRecipe,
        _ trained: Recommend.Recipe
    ) throws(ServiceError) {
        if config.autoMLConfig != nil { throw .Personalize.invalidInput("autoMLConfig requires performAutoML.") }
        if config.autoTrainingConfig != nil, input.performAutoTraining == false {
            throw .Personalize.invalidInput("autoTrainingConfig requires performAutoTraining.")
        }
        try Self.check(config.autoTrainingConfig)
        if let threshold = config.eventValueThreshold, Double(threshold) == nil {
            throw .Personalize.invalidInput("Invalid eventValueThreshold: \(threshold).")
        }
        if let events = config.eventsConfig {
            guard input.eventType == nil, config.eventValueThreshold == nil else {
                throw .Personalize.invalidInput("eventsConfig cannot be combined with eventType or eventValueThreshold.")
            }
            try Self.check(events, recipe)
        }
        if let hpo = config.hpoConfig {
            guard input.performHPO == true else { throw .Personalize.invalidInput("hpoConfig requires performHPO.") }
            let search = try HyperparameterSearch(hpo)
            if let fault = search.fault(trained) { throw .Personalize.invalidInput(fault) }
        }
        if let objective = config.optimizationObjective { try check(objective, recipe, trained) }
        if let data = config.trainingDataConfig {
            try TrainingColumns(schemas: schemas).check(data, recipe, usesMetadata: Self.choosesColumns(trained))
        }
        let refusal = Hyperparameters.validate(
            trained,
            algorithm: config.algorithmHyperParameters ?? [:],
            featurization: config.featureTransformationParameters ?? [:]
        )
        if let refusal { throw .Personalize.invalidInput(refusal) }
    }

    /// Recipes that learn from no metadata, and the one whose datasets are others, have no columns to choose.
    private static func choosesColumns(_ recipe: Recommend.Recipe) -> Bool {
        recipe.usesMetadata && recipe != .nextBestAction
    }

    private func check(_ objective: Personalize.OptimizationObjective, _ recipe: PersonalizeRecipe, _ trained: Recommend.Recipe) throws(ServiceError)
    {
        guard trained.takesObjective else {
            throw .Personalize.invalidInput("optimizationObjective is not supported for recipe \(recipe.arn).")
        }
        guard let attribute = objective.itemAttribute else { throw .Personalize.invalidInput("optimizationObjective must name an itemAttribute.") }
        guard let field = schemas[.items]?[attribute] else {
            throw .Personalize.invalidInput("The itemAttribute \(attribute) is not a field of the Items dataset.")
        }
        guard [.float, .double, .int, .long].contains(field.type), !field.isNullable else {
            throw .Personalize.invalidInput("The itemAttribute \(attribute) must be a number that may not be null.")
        }
    }

    // MARK: What an update may change, too

    static func check(_ update: Personalize.UpdateSolutionRequest, of solution: Personalize.Solution, _ recipe: PersonalizeRecipe)
        throws(ServiceError)
    {
        let trains = update.performAutoTraining ?? solution.performAutoTraining ?? true
        if update.solutionUpdateConfig?.autoTrainingConfig != nil, !trains {
            throw .Personalize.invalidInput("autoTrainingConfig requires performAutoTraining.")
        }
        try check(update.solutionUpdateConfig?.autoTrainingConfig)
        try check(incrementalUpdate: update.performIncrementalUpdate, recipe)
        if let events = update.solutionUpdateConfig?.eventsConfig {
            guard solution.eventType == nil, solution.solutionConfig?.eventValueThreshold == nil else {
                throw .Personalize.invalidInput("eventsConfig cannot be combined with eventType or eventValueThreshold.")
            }
            try check(events, recipe)
        }
    }

    private static func check(incrementalUpdate: Bool?, _ recipe: PersonalizeRecipe) throws(ServiceError) {
        if incrementalUpdate == true, recipe.trained != .semanticSimilarity {
            throw .Personalize.invalidInput("performIncrementalUpdate is not supported for recipe \(recipe.arn).")
        }
    }

    private static func check(_ config: Personalize.AutoTrainingConfig?) throws(ServiceError) {
        guard let expression = config?.schedulingExpression, AutoTraining.days(expression) == nil else { return }
        throw .Personalize.invalidInput("Invalid schedulingExpression: \(expression). The rate must be from 1 to 30 days.")
    }

    private static func check(_ config: Personalize.EventsConfig, _ recipe: PersonalizeRecipe) throws(ServiceError) {
        guard recipe.trained?.takesEventWeights == true else {
            throw .Personalize.invalidInput("eventsConfig is not supported for recipe \(recipe.arn).")
        }
        var seen: Set<String> = []
        for parameters in config.eventParametersList ?? [] {
            guard let type = parameters.eventType else {
                throw .Personalize.invalidInput("Each entry of eventParametersList must have an eventType.")
            }
            guard seen.insert(type.lowercased()).inserted else {
                throw .Personalize.invalidInput("The eventType \(type) occurs more than once in eventParametersList.")
            }
        }
        guard !seen.isEmpty else { throw .Personalize.invalidInput("eventsConfig must have an entry in eventParametersList.") }
    }

    private static func unsupported(_ message: String, hint: String) -> ServiceError {
        ServiceError("InvalidInputException", message, hint: hint)
    }
}
