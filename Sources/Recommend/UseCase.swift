/// The use cases of domain dataset groups, as configurations of the custom recipes (AWS's page "Choosing recommender
/// use cases"). The raw value is the last part of the recipe's ARN.
package enum UseCase: String, Sendable, CaseIterable {
    case mostViewed = "aws-ecomm-popular-items-by-views"
    case bestSellers = "aws-ecomm-popular-items-by-purchases"
    case boughtTogether = "aws-ecomm-frequently-bought-together"
    case alsoViewed = "aws-ecomm-customers-who-viewed-x-also-viewed"
    case recommendedForYou = "aws-ecomm-recommended-for-you"
    case becauseYouWatched = "aws-vod-because-you-watched-x"
    case moreLike = "aws-vod-more-like-x"
    case mostPopular = "aws-vod-most-popular"
    case trendingVideos = "aws-vod-trending-now"
    case topPicks = "aws-vod-top-picks"

    /// The recipe whose model family answers.
    package var recipe: Recipe {
        switch self {
        case .mostViewed, .bestSellers, .mostPopular: .popularityCount
        case .boughtTogether, .alsoViewed, .becauseYouWatched: .sims
        case .moreLike: .similarItems
        case .trendingVideos: .trendingNow
        case .recommendedForYou, .topPicks: .userPersonalization
        }
    }

    /// The only event type that is learnt from; nil is all.
    package var eventType: String? {
        switch self {
        case .mostViewed, .alsoViewed: "View"
        case .bestSellers, .boughtTogether: "Purchase"
        case .becauseYouWatched, .mostPopular: "Watch"
        case .moreLike, .recommendedForYou, .trendingVideos, .topPicks: nil
        }
    }

    /// Items of the user's events of this type are left out of answers, by the service.
    package var removedEventType: String? {
        switch self {
        case .alsoViewed, .recommendedForYou: "Purchase"
        case .becauseYouWatched, .moreLike, .topPicks: "Watch"
        case .mostViewed, .bestSellers, .boughtTogether, .mostPopular, .trendingVideos: nil
        }
    }

    package var needsUserId: Bool {
        switch self {
        case .boughtTogether, .trendingVideos: false
        default: true
        }
    }

    package var needsItemId: Bool { recipe.needsItemId }
    package var needsItems: Bool { self == .moreLike || self == .topPicks }
    package var explores: Bool { recipe.explores }
    package var followsEvents: Bool { recipe.followsEvents }

    /// Featurization that the use case fixes: videos trend by two hours.
    var featurization: [String: String] { self == .trendingVideos ? ["trend_discovery_frequency": "2 hours"] : [:] }
}

extension TrainingRequest {
    /// The request of a recommender.
    package init(_ useCase: UseCase) {
        self.init(recipe: useCase.recipe)
        self.useCase = useCase
        featurization = useCase.featurization
        selection = Interactions.Selection(eventType: useCase.eventType)
    }
}
