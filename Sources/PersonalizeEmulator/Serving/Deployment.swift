package import ServiceKit
package import Shapes
package import Wire

/// What answers runtime requests, whether a campaign or a recommender stands behind it.
package struct Deployment: Sendable {
    /// How requests name it, and how texts call it.
    package enum Kind: String, Sendable {
        case campaign, recommender
    }

    package var kind: Kind
    package var arn: String
    /// The campaign's or the recommender's own: requests are answered while it is ACTIVE.
    package var lifecycle: Lifecycle
    /// The life of the update that brings this deployment; nil once it is through.
    package var update: Lifecycle?
    /// The id under which `ModelStore` has the model that answers.
    package var model: ModelID
    package var recipe: PersonalizeRecipe
    /// The id of the dataset group.
    package var group: DatasetGroupID
    /// `itemExplorationConfig` as it was given: names and values are checked already.
    package var itemExploration: [String: String]?
    /// Whether requests may ask for columns of items: it was asked for, or the recipe always gives them.
    package var returnsMetadata: Bool
    /// Whether the periodic update brings items that came since training; only semantic similarity waits to be asked (performIncrementalUpdate).
    package var takesNewItems = true
    /// `rankingInfluence` as it was given, by `POPULARITY` and `FRESHNESS`.
    package var rankingInfluence: [String: Double]?
    /// When the campaign or the recommender was made.
    package var made: Timestamp

    package init(_ campaign: Resource<Personalize.Campaign>, model: ModelID, recipe: PersonalizeRecipe, group: DatasetGroupID) {
        let config = campaign.body.campaignConfig
        kind = .campaign
        arn = campaign.arn
        lifecycle = campaign.lifecycle
        self.model = model
        self.recipe = recipe
        self.group = group
        itemExploration = config?.itemExplorationConfig
        returnsMetadata = config?.enableMetadataWithRecommendations == true || recipe.alwaysReturnsMetadata
        rankingInfluence = config?.rankingInfluence
        made = campaign.made
    }

    /// A solution version that answers a batch job and nobody else.
    package init(
        _ version: Resource<Personalize.SolutionVersion>,
        job arn: String,
        recipe: PersonalizeRecipe,
        group: DatasetGroupID,
        itemExploration: [String: String]?,
        rankingInfluence: [String: Double]?
    ) {
        kind = .campaign
        self.arn = arn
        lifecycle = version.lifecycle
        model = version.id.model
        self.recipe = recipe
        self.group = group
        self.itemExploration = itemExploration
        returnsMetadata = false
        self.rankingInfluence = rankingInfluence
        made = version.made
    }

    package init(_ recommender: Resource<Personalize.Recommender>, model: ModelID, recipe: PersonalizeRecipe, group: DatasetGroupID) {
        let config = recommender.body.recommenderConfig
        kind = .recommender
        arn = recommender.arn
        lifecycle = recommender.lifecycle
        self.model = model
        self.recipe = recipe
        self.group = group
        itemExploration = config?.itemExplorationConfig
        returnsMetadata = config?.enableMetadataWithRecommendations == true
        rankingInfluence = nil
        made = recommender.made
    }
}
