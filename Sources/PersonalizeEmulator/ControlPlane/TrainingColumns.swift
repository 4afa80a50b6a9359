import Recommend
import Shapes
import Wire

/// trainingDataConfig: which columns are learnt from.
struct TrainingColumns {
    /// The schemas of the dataset group's datasets.
    let schemas: [DatasetKind: AvroSchema]

    /// What every training reads, whatever is said.
    private static let required: Set<String> = ["USER_ID", "ITEM_ID", "TIMESTAMP", "EVENT_TYPE", "ACTION_ID"]

    func check(_ config: Personalize.TrainingDataConfig, _ recipe: PersonalizeRecipe, usesMetadata: Bool) throws(ServiceError) {
        guard usesMetadata else { throw .Personalize.invalidInput("trainingDataConfig is not supported for recipe \(recipe.arn).") }
        for (name, columns) in [("excludedDatasetColumns", config.excludedDatasetColumns), ("includedDatasetColumns", config.includedDatasetColumns)]
        {
            for (type, fields) in (columns ?? [:]).sorted(by: { $0.key < $1.key }) {
                guard let kind = DatasetKind(type), let schema = schemas[kind] else {
                    throw .Personalize.invalidInput("The dataset group has no dataset of type \(type), which \(name) names.")
                }
                for field in fields where schema[field] == nil {
                    throw .Personalize.invalidInput("The column \(field) of \(name) is not a field of the \(kind.rawValue) dataset.")
                }
            }
        }
        for fields in (config.excludedDatasetColumns ?? [:]).values {
            if let field = fields.first(where: { Self.required.contains($0) }) {
                throw .Personalize.invalidInput("The column \(field) cannot be excluded from training.")
            }
        }
        let both = Set((config.excludedDatasetColumns ?? [:]).keys.map { $0.uppercased() })
            .intersection((config.includedDatasetColumns ?? [:]).keys.map { $0.uppercased() })
        if let type = both.sorted().first {
            throw .Personalize.invalidInput("Columns of \(type) cannot be excluded and included at once.")
        }
    }

    /// The columns that are left out.
    func excluded(_ config: Personalize.TrainingDataConfig?) -> [DatasetKind: Set<String>] {
        var excluded: [DatasetKind: Set<String>] = [:]
        for (type, fields) in config?.excludedDatasetColumns ?? [:] {
            if let kind = DatasetKind(type) { excluded[kind, default: []].formUnion(fields) }
        }
        for (type, fields) in config?.includedDatasetColumns ?? [:] {
            guard let kind = DatasetKind(type), let schema = schemas[kind] else { continue }
            let others = schema.fields.map(\.name).filter { !fields.contains($0) && !Self.required.contains($0) }
            excluded[kind, default: []].formUnion(others)
        }
        return excluded
    }
}
