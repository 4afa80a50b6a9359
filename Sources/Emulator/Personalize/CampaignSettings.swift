import Shapes
import Wire

/// What a campaign may be told, and which recipes listen.
enum CampaignSettings {
    static let defaultExplorationWeight = 0.3
    /// Days.
    static let defaultExplorationAge = 30.0

    static func check(_ config: Personalize.CampaignConfig?, requested: String, _ version: Personalize.SolutionVersion) throws(ServiceError) {
        guard let config else { return }
        if config.syncWithLatestSolutionVersion == true, !requested.hasSuffix("/$LATEST") {
            throw .Personalize.invalidInput("syncWithLatestSolutionVersion requires a solutionVersionArn that ends with /$LATEST.")
        }
        if config.rankingInfluence != nil {
            throw .Personalize.invalidInput("rankingInfluence is not supported for recipe \(version.recipeArn ?? "").")
        }
        if config.enableMetadataWithRecommendations == true {
            throw ServiceError(
                "InvalidInputException",
                "enableMetadataWithRecommendations is not supported for this campaign.",
                hint: "personalite does not return item metadata yet"
            )
        }
        if let exploration = config.itemExplorationConfig { try check(exploration, version) }
    }

    private static func check(_ exploration: [String: String], _ version: Personalize.SolutionVersion) throws(ServiceError) {
        guard Recipe.named(version.recipeArn)?.explores == true else {
            throw .Personalize.invalidInput("itemExplorationConfig is not supported for recipe \(version.recipeArn ?? "").")
        }
        for (name, text) in exploration.sorted(by: { $0.key < $1.key }) {
            let value = Double(text)
            switch name {
            case "explorationWeight" where value.map { (0...1).contains($0) } == true: continue
            case "explorationItemAgeCutOff" where value.map { $0 > 0 } == true: continue
            case "explorationWeight", "explorationItemAgeCutOff":
                throw .Personalize.invalidInput("Invalid value \(text) for \(name) in itemExplorationConfig.")
            default: throw .Personalize.invalidInput("Unknown parameter \(name) in itemExplorationConfig.")
            }
        }
    }
}
