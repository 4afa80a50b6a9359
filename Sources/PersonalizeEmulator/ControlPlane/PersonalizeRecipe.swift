package import Recommend
package import ServiceKit
package import Wire

/// What a recipe's lists are of, as the API names it.
package enum RecipeType: String, Sendable {
    case personalizedActions = "PERSONALIZED_ACTIONS"
    case personalizedRanking = "PERSONALIZED_RANKING"
    case popularItems = "POPULAR_ITEMS"
    case relatedItems = "RELATED_ITEMS"
    case userPersonalization = "USER_PERSONALIZATION"
    case userSegmentation = "USER_SEGMENTATION"
}

/// A recipe or use case as the API shows it, and what trains by it.
package struct PersonalizeRecipe: Sendable, Equatable {
    package var name: String
    package var type: RecipeType
    package var algorithm: String
    package var featureTransformation: String
    package var domain: String?
    package var description: String
    package var created: Timestamp
    /// What trains a solution of it; nil for use cases.
    package var trained: Recommend.Recipe?
    /// What trains a recommender of it; nil for custom recipes.
    package var useCase: UseCase?
    /// Whether answers may carry columns of items without a campaign asking for it.
    package var alwaysReturnsMetadata = false
    /// Legacy recipes can be described but are no longer listed.
    package var isListed = true

    /// Whether new items are tried out.
    package var explores: Bool { trained?.explores ?? useCase?.explores ?? false }
    /// Whether a campaign or recommender may say how much.
    package var takesExplorationConfig: Bool { trained?.takesExplorationConfig ?? useCase?.explores ?? false }

    package var arn: String { "arn:aws:personalize:::recipe/\(name)" }

    package var algorithmArn: String { "arn:aws:personalize:::algorithm/\(algorithm)" }
    package var featureTransformationArn: String { "arn:aws:personalize:::feature-transformation/\(featureTransformation)" }

    package static func named(_ arn: String?) -> PersonalizeRecipe? {
        all.first { $0.arn == arn }
    }

    /// The recipe that a stored resource names.
    /// - Throws: `UnreadableRow` for one that this version does not know.
    package static func stored(_ recipeArn: String?, in arn: String) throws(UnreadableRow) -> PersonalizeRecipe {
        guard let recipe = named(recipeArn) else {
            throw UnreadableRow(table: "resource", row: arn, reason: "the recipe \(recipeArn ?? "null") is unknown")
        }
        return recipe
    }

    private static let june2019 = Timestamp(milliseconds: 1_560_124_800_000)
    private static let june2024 = Timestamp(milliseconds: 1_718_815_639_191)
    /// Never before it was made.
    package var updated: Timestamp { max(created, Self.june2024) }

    private static func custom(
        _ name: String,
        _ type: RecipeType,
        _ description: String,
        features featureTransformation: String = "JSON-percentile-filtering",
        algorithm: String? = nil,
        created: Int64? = nil
    ) -> PersonalizeRecipe {
        PersonalizeRecipe(
            name: name,
            type: type,
            algorithm: algorithm ?? name,
            featureTransformation: featureTransformation,
            description: description,
            created: created.map { Timestamp(milliseconds: $0) } ?? june2019
        )
    }

    private static func useCase(_ name: String, _ type: RecipeType, _ domain: String, _ description: String) -> PersonalizeRecipe {
        PersonalizeRecipe(
            name: name,
            type: type,
            algorithm: name,
            featureTransformation: "JSON-percentile-filtering",
            domain: domain,
            description: description,
            created: june2019
        )
    }

    /// Every recipe, by name.
    package static let all: [PersonalizeRecipe] = {
        var recipes = customRecipes + useCases
        for index in recipes.indices {
            recipes[index].alwaysReturnsMetadata = recipes[index].name.hasSuffix("-v2") || recipes[index].name == "aws-semantic-similarity"
            recipes[index].trained = Recommend.Recipe(rawValue: recipes[index].name)
            recipes[index].useCase = UseCase(rawValue: recipes[index].name)
            recipes[index].isListed = !recipes[index].name.hasPrefix("aws-hrnn")
        }
        return recipes.sorted { $0.name < $1.name }
    }()

    private static let customRecipes: [PersonalizeRecipe] = [
        custom("aws-hrnn", .userPersonalization, "Predicts the items a user will interact with from the order of past ones."),
        custom(
            "aws-hrnn-coldstart",
            .userPersonalization,
            "As aws-hrnn-metadata, with exploration of new items.",
            features: "featurize_coldstart"
        ),
        custom("aws-hrnn-metadata", .userPersonalization, "As aws-hrnn, with item and user metadata.", features: "featurize_metadata"),
        custom(
            "aws-item-affinity",
            .userSegmentation,
            "Finds the users with an affinity for an item.",
            features: "item-affinity",
            created: 1_626_307_200_000
        ),
        custom(
            "aws-item-attribute-affinity",
            .userSegmentation,
            "Finds the users with an affinity for an attribute of items.",
            features: "item-attribute-affinity",
            created: 1_629_849_600_000
        ),
        custom(
            "aws-next-best-action",
            .personalizedActions,
            "Predicts the actions a user will take.",
            features: "aws-next-best-action",
            created: 1_691_712_000_000
        ),
        custom("aws-personalized-ranking", .personalizedRanking, "Puts a list of items into the order of a user's interest."),
        custom(
            "aws-personalized-ranking-v2",
            .personalizedRanking,
            "As aws-personalized-ranking, for larger catalogues.",
            created: 1_704_067_200_000
        ),
        custom("aws-popularity-count", .userPersonalization, "Ranks items by the number of users who interacted with them.", features: "sims"),
        custom("aws-semantic-similarity", .relatedItems, "Finds items whose text is close to an item's.", created: 1_735_689_600_000),
        custom("aws-similar-items", .relatedItems, "Finds items similar to an item by interactions and metadata."),
        custom("aws-sims", .relatedItems, "Finds items that appear together with an item in users' histories.", features: "sims"),
        custom(
            "aws-trending-now",
            .popularItems,
            "Ranks items by how fast they gain interactions.",
            features: "aws-trending-now",
            algorithm: "aws-trending-now-custom",
            created: 1_664_582_400_000
        ),
        custom("aws-user-personalization", .userPersonalization, "Predicts the items a user will interact with, and explores new ones."),
        custom(
            "aws-user-personalization-v2",
            .userPersonalization,
            "As aws-user-personalization, for larger catalogues.",
            created: 1_704_067_200_000
        ),
    ]

    private static let useCases: [PersonalizeRecipe] = [
        useCase("aws-ecomm-customers-who-viewed-x-also-viewed", .relatedItems, "ECOMMERCE", "Items that customers viewed as well as an item."),
        useCase("aws-ecomm-frequently-bought-together", .relatedItems, "ECOMMERCE", "Items that customers buy together with an item."),
        useCase("aws-ecomm-popular-items-by-purchases", .popularItems, "ECOMMERCE", "The items most purchased."),
        useCase("aws-ecomm-popular-items-by-views", .popularItems, "ECOMMERCE", "The items most viewed."),
        useCase("aws-ecomm-recommended-for-you", .userPersonalization, "ECOMMERCE", "Items for a customer, without those purchased."),
        useCase("aws-vod-because-you-watched-x", .relatedItems, "VIDEO_ON_DEMAND", "Videos that other users watched as well as a video."),
        useCase("aws-vod-more-like-x", .relatedItems, "VIDEO_ON_DEMAND", "Videos similar to a video."),
        useCase("aws-vod-most-popular", .popularItems, "VIDEO_ON_DEMAND", "The videos most watched."),
        useCase("aws-vod-top-picks", .userPersonalization, "VIDEO_ON_DEMAND", "Videos for a user, without those watched."),
        useCase("aws-vod-trending-now", .popularItems, "VIDEO_ON_DEMAND", "Videos that gain interactions fast."),
    ]
}
