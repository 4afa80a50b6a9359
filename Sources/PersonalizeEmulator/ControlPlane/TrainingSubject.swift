import Recommend
import ServiceKit
import Shapes
import Wire

/// What a model is trained from, whatever asks for it: read from the resources in one transaction, before the work begins.
struct TrainingSubject {
    /// Whose training it is.
    var arn: String
    /// The id under which the model is kept.
    var model: ModelID
    var recipe: PersonalizeRecipe
    var group: String
    /// The ids of the group's datasets.
    var datasets: [DatasetKind: DatasetID] = [:]
    var schemas: [DatasetKind: AvroSchema] = [:]
    var eventType: String?
    var config: Personalize.SolutionConfig?
    var performsHPO = false
    /// The id of the model that what came since is added to; nil trains anew.
    var refreshing: ModelID?

    init(_ version: Resource<Personalize.SolutionVersion>, _ table: ResourceTable, _ call: Call) throws {
        arn = version.arn
        model = version.id.model
        recipe = try PersonalizeRecipe.stored(version.body.recipeArn, in: version.arn)
        guard recipe.trained != nil else { throw Self.untrainable(recipe, version.arn) }
        group = version.body.datasetGroupArn ?? ""
        eventType = version.body.eventType
        config = version.body.solutionConfig
        performsHPO = version.body.performHPO ?? false
        if version.body.trainingMode == "UPDATE" {
            let versions = try table.list(Personalize.SolutionVersion.self, parent: version.parent)
            refreshing = versions.last { $0.lifecycle.status == .active && $0.body.trainingMode == "FULL" }?.id.model
        }
        try read(table, call)
    }

    init(
        _ recommender: Resource<Personalize.Recommender>,
        _ config: Personalize.RecommenderConfig?,
        model: ModelID,
        _ table: ResourceTable,
        _ call: Call
    ) throws {
        arn = recommender.arn
        self.model = model
        recipe = try PersonalizeRecipe.stored(recommender.body.recipeArn, in: recommender.arn)
        guard recipe.useCase != nil else { throw Self.untrainable(recipe, recommender.arn) }
        group = recommender.body.datasetGroupArn ?? ""
        self.config = Personalize.SolutionConfig(trainingDataConfig: config?.trainingDataConfig)
        try read(table, call)
    }

    private static func untrainable(_ recipe: PersonalizeRecipe, _ arn: String) -> UnreadableRow {
        UnreadableRow(table: "resource", row: arn, reason: "the recipe \(recipe.arn) trains no such resource")
    }

    private mutating func read(_ table: ResourceTable, _ call: Call) throws {
        for dataset in try table.list(Personalize.Dataset.self, parent: group) {
            guard let kind = DatasetKind(dataset.body.datasetType ?? "") else { continue }
            datasets[kind] = dataset.id
            schemas[kind] = try table.schema(of: dataset, call)
        }
    }
}

extension ResourceTable {
    /// The schema that a dataset has now.
    func schema(of dataset: Resource<Personalize.Dataset>, _ call: Call) throws -> AvroSchema {
        guard let schema = try find(dataset.body.schemaArn ?? "", as: Personalize.DatasetSchema.self) else {
            throw UnreadableRow(table: "resource", row: dataset.arn, reason: "its schema \(dataset.body.schemaArn ?? "null") is not there")
        }
        return try AvroSchema(schema)
    }

    /// The schemas of the datasets that a dataset group has.
    func schemas(group: String, _ call: Call) throws -> [DatasetKind: AvroSchema] {
        var schemas: [DatasetKind: AvroSchema] = [:]
        for dataset in try list(Personalize.Dataset.self, parent: group) {
            guard let kind = DatasetKind(dataset.body.datasetType ?? "") else { continue }
            schemas[kind] = try schema(of: dataset, call)
        }
        return schemas
    }
}

extension ModelTrainer {
    /// The engine's request for a subject: settings, and every row of its datasets, bulk and streamed.
    func request(_ subject: TrainingSubject) throws(ServiceError) -> TrainingRequest {
        var request = subject.recipe.useCase.map { TrainingRequest($0) } ?? TrainingRequest(recipe: subject.recipe.trained ?? .popularityCount)
        let config = subject.config
        request.algorithm = config?.algorithmHyperParameters ?? [:]
        if let featurization = config?.featureTransformationParameters { request.featurization = featurization }
        if subject.recipe.useCase == nil { request.selection = Self.selection(subject) }
        request.excludedColumns = TrainingColumns(schemas: subject.schemas).excluded(config?.trainingDataConfig)
        if let objective = config?.optimizationObjective, let attribute = objective.itemAttribute {
            let sensitivity = objective.objectiveSensitivity.flatMap { Objective.Sensitivity(rawValue: $0) } ?? .off
            request.objective = Objective(itemAttribute: attribute, sensitivity: sensitivity)
        }
        if subject.performsHPO { request.search = try HyperparameterSearch(config?.hpoConfig) }
        if let refreshing = subject.refreshing { request.refreshing = try models.model(refreshing) }
        if seed != 0 { request.seed = seed }
        try readRows(subject, into: &request)
        return request
    }

    private static func selection(_ subject: TrainingSubject) -> Interactions.Selection {
        let weights = subject.config?.eventsConfig?.eventParametersList?.compactMap { parameters in
            parameters.eventType.map {
                Interactions.EventWeight(eventType: $0, eventValueThreshold: parameters.eventValueThreshold, weight: parameters.weight ?? 1)
            }
        }
        return Interactions.Selection(
            eventType: subject.eventType,
            eventValueThreshold: subject.config?.eventValueThreshold.flatMap { Double($0) },
            weights: weights ?? []
        )
    }

    private func readRows(_ subject: TrainingSubject, into request: inout TrainingRequest) throws(ServiceError) {
        if let interactions = subject.datasets[.interactions] {
            request.interactions = try datasets.table(interactions)
            request.streamed = SessionJoin.joined(try events.all(dataset: interactions), subject.schemas[.interactions]?.columns ?? [])
            request.streamedThrough = Int(events.lastSequence(dataset: interactions))
        }
        if let actions = subject.datasets[.actionInteractions] {
            request.actionInteractions = try datasets.table(actions)
            request.streamedActions = ActionEvent.streamed(try events.all(dataset: actions))
            // A model of actions is asked for what came since by the numbers of action events.
            if subject.recipe.trained?.family == .actions { request.streamedThrough = Int(events.lastSequence(dataset: actions)) }
        }
        request.items = try rows(.items, subject)
        request.users = try rows(.users, subject)
        request.actions = try rows(.actions, subject)
    }

    /// The rows of a dataset of items, users or actions, bulk and streamed; nil when there are none.
    private func rows(_ kind: DatasetKind, _ subject: TrainingSubject) throws(ServiceError) -> Table? {
        guard let dataset = subject.datasets[kind], let columns = subject.schemas[kind]?.columns else { return nil }
        let rows = try attributeIndex.table(dataset, kind, columns)
        return rows.rowCount > 0 ? rows : nil
    }
}
