/// The hyperparameters of each recipe: behaviour sheet §8.1. Values are strings, as on the wire.
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

    /// What a parameter does here; `docs/recommend.md` prints these.
    package enum Effect: Sendable, Equatable {
        /// It steers the model, as the words say.
        case steers(String)
        /// It is checked and recorded, and nothing depends on it, for the reason given.
        case recorded(String)
    }

    package struct Parameter: Sendable, Equatable {
        package let name: String
        package let section: Section
        package let defaultValue: String
        package let range: Range
        package let isTunable: Bool
        package let effect: Effect
    }

    package static func parameters(of recipe: Recipe) -> [Parameter] {
        switch recipe {
        case .userPersonalization: sequence + historyPercentiles("0.0", "0.99") + exploration
        case .personalizedRanking: sequence + historyPercentiles("0.0", "0.99")
        case .sims: coInteraction + historyPercentiles("0.005", "0.995") + itemPercentiles
        case .popularityCount: []
        }
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

    private static let sequence = [
        Parameter(
            name: "hidden_dimension",
            section: .algorithm,
            defaultValue: "149",
            range: .integer(32...256),
            isTunable: true,
            effect: .recorded("a counting model has no hidden layer")
        ),
        Parameter(
            name: "bptt",
            section: .algorithm,
            defaultValue: "32",
            range: .integer(2...32),
            isTunable: true,
            effect: .steers("how many of a user's newest events an answer looks at, and how far apart two events may be and count as a pair")
        ),
        Parameter(
            name: "recency_mask",
            section: .algorithm,
            defaultValue: "true",
            range: .categories(["true", "false"]),
            isTunable: true,
            effect: .steers("true: newer events weigh more; false: all events that an answer looks at weigh the same, with the same sum")
        ),
    ]

    private static let coInteraction = [
        Parameter(
            name: "popularity_discount_factor",
            section: .algorithm,
            defaultValue: "0.5",
            range: .continuous(0...1),
            isTunable: true,
            effect: .steers("the power of an item's number of users that its shared users are divided by: 0 raw, 0.5 cosine, 1 lift")
        ),
        Parameter(
            name: "min_cointeraction_count",
            section: .algorithm,
            defaultValue: "3",
            range: .integer(0...10),
            isTunable: true,
            effect: .steers("pairs of items with fewer shared users are dropped")
        ),
    ]

    private static let exploration = [
        Parameter(
            name: "exploration_weight",
            section: .campaign,
            defaultValue: "0.3",
            range: .continuous(0...1),
            isTunable: false,
            effect: .steers("the share of what a young item lacks to a popular one that is added to its logit; campaigns call it explorationWeight")
        ),
        Parameter(
            name: "exploration_item_age_cut_off",
            section: .campaign,
            defaultValue: "30",
            range: .positive,
            isTunable: false,
            effect: .steers("how many days an item stays young, counted back from the newest interaction; campaigns call it explorationItemAgeCutOff")
        ),
    ]

    private static func historyPercentiles(_ least: String, _ most: String) -> [Parameter] {
        [
            Parameter(
                name: "min_user_history_length_percentile",
                section: .featurization,
                defaultValue: least,
                range: .continuous(0...1),
                isTunable: false,
                effect: .steers("users with shorter histories than this percentile are not learnt from")
            ),
            Parameter(
                name: "max_user_history_length_percentile",
                section: .featurization,
                defaultValue: most,
                range: .continuous(0...1),
                isTunable: false,
                effect: .steers("users with longer histories than this percentile are not learnt from")
            ),
        ]
    }

    private static let itemPercentiles = [
        Parameter(
            name: "min_item_interaction_count_percentile",
            section: .featurization,
            defaultValue: "0.01",
            range: .continuous(0...1),
            isTunable: false,
            effect: .steers("items with fewer interactions than this percentile get no neighbours and are nobody's neighbour")
        ),
        Parameter(
            name: "max_item_interaction_count_percentile",
            section: .featurization,
            defaultValue: "0.9",
            range: .continuous(0...1),
            isTunable: false,
            effect: .steers("items with more interactions than this percentile get no neighbours and are nobody's neighbour")
        ),
    ]
}
