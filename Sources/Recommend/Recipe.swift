/// The recipes that the engine trains; the raw value is the last part of the recipe's ARN.
package enum Recipe: String, Sendable, CaseIterable {
    case userPersonalization = "aws-user-personalization"
    case personalizedRanking = "aws-personalized-ranking"
    case sims = "aws-sims"
    case popularityCount = "aws-popularity-count"

    /// Whether answers carry a score.
    package var isScored: Bool { self == .userPersonalization || self == .personalizedRanking }
    /// Whether a user's new events change that user's answers.
    package var followsEvents: Bool { isScored }
    /// Whether a query names an item rather than a user.
    package var asksByItem: Bool { self == .sims }
}
