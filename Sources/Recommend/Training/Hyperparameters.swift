/// The hyperparameters of each recipe, from AWS's pages of the recipes. Values are strings, as on the wire.
package enum Hyperparameters {
    package enum Section: String, Sendable {
        case algorithm = "algorithmHyperParameters"
        case featurization = "featureTransformationParameters"
        case campaign = "itemExplorationConfig"
    }

    package enum Range: Sendable, Equatable {
        case integer(ClosedRange<Int>)
        case continuous(ClosedRange<Double>)
        /// Any number above 0.
        case positive
        case categories([String])
    }

    package struct Parameter: Sendable, Equatable {
        package let name: String
        package let section: Section
        package let defaultValue: String
        package let range: Range
        package let isTunable: Bool
        /// What it steers here; `docs/recommend.md` prints these.
        package let effect: String
    }

    package static func defaults(of recipe: Recipe, _ section: Section) -> [String: String] {
        Dictionary(uniqueKeysWithValues: parameters(of: recipe).filter { $0.section == section }.map { ($0.name, $0.defaultValue) })
    }

    /// - Returns: nil when all names exist for the recipe and all values are in range, else what is wrong with the first in order of name.
    package static func validate(
        _ recipe: Recipe,
        algorithm: [String: String] = [:],
        featurization: [String: String] = [:],
        campaign: [String: String] = [:]
    ) -> String? {
        let parameters = parameters(of: recipe)
        for (section, given) in [(Section.algorithm, algorithm), (.featurization, featurization), (.campaign, campaign)] {
            for (name, value) in given.sorted(by: { $0.key < $1.key }) {
                guard let parameter = parameters.first(where: { $0.section == section && $0.name == name }) else {
                    return "Recipe \(recipe.rawValue) has no parameter \(name) in \(section.rawValue)."
                }
                if let fault = fault(value, parameter) { return "Value \(value) of \(name) \(fault)." }
            }
        }
        for (low, high) in [
            ("min_user_history_length_percentile", "max_user_history_length_percentile"),
            ("min_item_interaction_count_percentile", "max_item_interaction_count_percentile"),
        ] {
            let merged = defaults(of: recipe, .featurization).merging(featurization) { $1 }
            guard let least = merged[low].flatMap({ Double($0) }), let most = merged[high].flatMap({ Double($0) }), least > most else { continue }
            return "Value \(merged[low] ?? "") of \(low) is above \(high)."
        }
        return nil
    }

    private static func fault(_ value: String, _ parameter: Parameter) -> String? {
        switch parameter.range {
        case .integer(let range):
            guard let number = Int(value) else { return "is not an integer" }
            return range.contains(number) ? nil : "is not between \(range.lowerBound) and \(range.upperBound)"
        case .continuous(let range):
            guard let number = Double(value), number.isFinite else { return "is not a number" }
            return range.contains(number) ? nil : "is not between \(range.lowerBound) and \(range.upperBound)"
        case .positive:
            guard let number = Double(value), number.isFinite else { return "is not a number" }
            return number > 0 ? nil : "is not above 0"
        case .categories(let names):
            return names.contains(value.lowercased()) ? nil : "is not one of \(names.joined(separator: ", "))"
        }
    }
}
