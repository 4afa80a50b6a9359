/// The custom recipes; the raw value is the last part of the recipe's ARN (AWS's page "Choosing a recipe").
package enum Recipe: String, Sendable, CaseIterable {
    case userPersonalization = "aws-user-personalization"
    case userPersonalizationV2 = "aws-user-personalization-v2"
    case personalizedRanking = "aws-personalized-ranking"
    case personalizedRankingV2 = "aws-personalized-ranking-v2"
    case sims = "aws-sims"
    case similarItems = "aws-similar-items"
    case semanticSimilarity = "aws-semantic-similarity"
    case popularityCount = "aws-popularity-count"
    case trendingNow = "aws-trending-now"
    case itemAffinity = "aws-item-affinity"
    case itemAttributeAffinity = "aws-item-attribute-affinity"
    case nextBestAction = "aws-next-best-action"
    case hrnn = "aws-hrnn"
    case hrnnMetadata = "aws-hrnn-metadata"
    case hrnnColdstart = "aws-hrnn-coldstart"

    /// The model families that recipes are configurations of.
    package enum Family: Sendable {
        /// What a user will touch next: lists for a user, or the order of a given list.
        case personal
        /// Items that go with an item.
        case related
        /// One list for everybody.
        case popular, trending
        /// Users for an item or for attributes of items.
        case segments
        /// Actions for a user.
        case actions
    }

    package var family: Family {
        switch self {
        case .userPersonalization, .userPersonalizationV2, .personalizedRanking, .personalizedRankingV2, .hrnn, .hrnnMetadata, .hrnnColdstart:
            .personal
        case .sims, .similarItems, .semanticSimilarity: .related
        case .popularityCount: .popular
        case .trendingNow: .trending
        case .itemAffinity, .itemAttributeAffinity: .segments
        case .nextBestAction: .actions
        }
    }

    /// Whether a query is a list of items to be put in order.
    package var ranksLists: Bool { self == .personalizedRanking || self == .personalizedRankingV2 }
    /// Whether answers carry a score.
    package var isScored: Bool { family == .personal || family == .actions }
    /// Whether a user's new events change that user's answers.
    package var followsEvents: Bool { family == .personal || family == .actions }
    /// Whether a query names an item rather than a user.
    package var asksByItem: Bool { family == .related }
    /// Whether a query must name a user; trending asks for one only when a filter does.
    package var needsUserId: Bool { family == .personal || family == .popular || family == .actions }
    /// Whether a query must name an item.
    package var needsItemId: Bool { asksByItem }
    /// Whether new items are tried out.
    package var explores: Bool { self == .userPersonalization || self == .userPersonalizationV2 || self == .hrnnColdstart }
    /// Whether a campaign says how much is explored (itemExplorationConfig).
    package var takesExplorationConfig: Bool { self == .userPersonalization }
    /// Whether answers carry a reason.
    package var givesReasons: Bool { self == .userPersonalizationV2 || self == .personalizedRankingV2 }
    /// Whether metadata of users and items and contextual fields are learnt from.
    package var usesMetadata: Bool {
        switch self {
        case .hrnn, .sims, .popularityCount, .trendingNow, .itemAffinity: false
        default: true
        }
    }
    /// Whether items shown and not chosen become less likely.
    package var usesImpressions: Bool { self == .userPersonalization || self == .userPersonalizationV2 }
    /// Whether event types may have weights (eventsConfig).
    package var takesEventWeights: Bool { self == .userPersonalizationV2 || self == .personalizedRankingV2 }
    /// Whether an attribute of items may be optimised for (optimizationObjective).
    package var takesObjective: Bool { self == .userPersonalization || self == .personalizedRanking }
    /// Whether hyperparameters can be searched (performHPO).
    package var isTunable: Bool { Hyperparameters.parameters(of: self).contains { $0.isTunable } }
    /// Whether the item pool can be refreshed between trainings: trainingMode UPDATE, and the two-hourly update.
    package var refreshesItems: Bool { explores || self == .semanticSimilarity }
    /// Whether training needs the Items dataset.
    package var needsItems: Bool { self == .semanticSimilarity || self == .itemAttributeAffinity || self == .hrnnMetadata }
}
