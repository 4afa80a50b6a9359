import Recommend
import Shapes
import Wire

/// What a campaign may be told, and which recipes listen.
enum CampaignSettings {
    static func check(_ config: Personalize.CampaignConfig?, requested: String, _ version: Personalize.SolutionVersion) throws(ServiceError) {
        guard let config else { return }
        if config.syncWithLatestSolutionVersion == true, !requested.hasSuffix("/$LATEST") {
            throw .Personalize.invalidInput("syncWithLatestSolutionVersion requires a solutionVersionArn that ends with /$LATEST.")
        }
        try check(influence: config.rankingInfluence, version.recipeArn)
        try check(exploration: config.itemExplorationConfig, version.recipeArn)
    }

    static func check(influence: [String: Double]?, _ recipeArn: String?) throws(ServiceError) {
        if influence != nil, PersonalizeRecipe.named(recipeArn)?.trained != .semanticSimilarity {
            throw .Personalize.invalidInput("rankingInfluence is not supported for recipe \(recipeArn ?? "").")
        }
    }

    static func check(exploration: [String: String]?, _ recipeArn: String?) throws(ServiceError) {
        guard let exploration else { return }
        guard PersonalizeRecipe.named(recipeArn)?.takesExplorationConfig == true else {
            throw .Personalize.invalidInput("itemExplorationConfig is not supported for recipe \(recipeArn ?? "").")
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
