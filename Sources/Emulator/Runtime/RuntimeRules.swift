import Shapes
import Wire

/// What runtime requests may ask for.
enum RuntimeRules {
    static let defaultResults = 25
    static let maximumResults = 500

    /// Zero means the default, as if nothing had been asked.
    static func results(_ asked: Int?) throws(ServiceError) -> Int {
        guard let asked, asked != 0 else { return defaultResults }
        guard asked <= maximumResults else {
            throw .PersonalizeRuntime.invalidInput("numResults must be at most \(maximumResults). Requested: \(asked).")
        }
        return asked
    }

    /// Filters cannot be created yet, so none that is named exists.
    static func checkFilter(_ arn: String?, values: [String: String]?) throws(ServiceError) {
        if let arn { throw .PersonalizeRuntime.resourceNotFound("Resource Arn \(arn) does not exist.") }
        if values != nil { throw .PersonalizeRuntime.invalidInput("filterValues requires a filterArn.") }
    }

    static func checkMetadata(_ columns: [String: [String]]?) throws(ServiceError) {
        if columns != nil {
            throw .PersonalizeRuntime.invalidInput("metadataColumns requires a campaign with enableMetadataWithRecommendations.")
        }
    }

    static func checkPromotions(_ promotions: [PersonalizeRuntime.Promotion]?) throws(ServiceError) {
        guard let promotion = promotions?.first else { return }
        guard let filter = promotion.filterArn else { throw .PersonalizeRuntime.invalidInput("A promotion must have a filterArn.") }
        throw .PersonalizeRuntime.resourceNotFound("Resource Arn \(filter) does not exist.")
    }
}
