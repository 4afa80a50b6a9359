import Recommend
import Shapes
import Wire

/// What a recommender may be told, and which use cases listen.
enum RecommenderSettings {
    static func check(
        _ config: Personalize.RecommenderConfig?,
        _ recipe: PersonalizeRecipe,
        _ schemas: [DatasetKind: AvroSchema]
    ) throws(ServiceError) {
        guard let config else { return }
        try CampaignSettings.check(exploration: config.itemExplorationConfig, recipe.arn)
        if let data = config.trainingDataConfig {
            // Use cases that learn from no metadata take it too; it changes nothing of theirs.
            try TrainingColumns(schemas: schemas).check(data, recipe, usesMetadata: true)
        }
    }
}
