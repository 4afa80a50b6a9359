/// The names, defaults and ranges of AWS's pages of the recipes, and what each parameter steers here.
extension Hyperparameters {
    package static func parameters(of recipe: Recipe) -> [Parameter] {
        switch recipe {
        case .userPersonalization: sequence(149) + historyPercentiles("0.0", "0.99") + exploration
        case .personalizedRanking: sequence(149) + historyPercentiles("0.0", "0.99")
        case .userPersonalizationV2, .personalizedRankingV2: recencyBias
        case .hrnn, .hrnnMetadata: sequence(43) + historyPercentiles("0.0", "0.99")
        case .hrnnColdstart: sequence(149) + historyPercentiles("0.0", "0.99") + coldStart
        case .sims: coInteraction + historyPercentiles("0.005", "0.995") + itemPercentiles
        case .similarItems: dimensions
        case .semanticSimilarity, .popularityCount: []
        case .trendingNow: trend
        case .itemAffinity, .itemAttributeAffinity: [hiddenDimension(149, isTunable: false)]
        case .nextBestAction: actions
        }
    }

    private static func hiddenDimension(_ usual: Int, isTunable: Bool = true) -> Parameter {
        Parameter(
            name: "hidden_dimension",
            section: .algorithm,
            defaultValue: String(usual),
            range: .integer(32...256),
            isTunable: isTunable,
            effect: "the capacity: rare pairs of items are trusted in proportion to it (the smoothing of a row is divided by it)"
        )
    }

    private static func sequence(_ dimension: Int) -> [Parameter] {
        [
            hiddenDimension(dimension),
            Parameter(
                name: "bptt",
                section: .algorithm,
                defaultValue: "32",
                range: .integer(2...32),
                isTunable: true,
                effect: "how many of a user's newest events an answer looks at, and how far apart two events may be and count as a pair"
            ),
            Parameter(
                name: "recency_mask",
                section: .algorithm,
                defaultValue: "true",
                range: .categories(["true", "false"]),
                isTunable: true,
                effect: "true: newer events weigh more; false: all events that an answer looks at weigh the same, with the same sum"
            ),
        ]
    }

    private static let recencyBias = [
        Parameter(
            name: "apply_recency_bias",
            section: .algorithm,
            defaultValue: "true",
            range: .categories(["true", "false"]),
            isTunable: false,
            effect: "true: newer events weigh more; false: all events that an answer looks at weigh the same, with the same sum"
        )
    ]

    private static let coInteraction = [
        Parameter(
            name: "popularity_discount_factor",
            section: .algorithm,
            defaultValue: "0.5",
            range: .continuous(0...1),
            isTunable: true,
            effect: "the power of an item's number of users that its shared users are divided by: 0 raw, 0.5 cosine, 1 lift"
        ),
        Parameter(
            name: "min_cointeraction_count",
            section: .algorithm,
            defaultValue: "3",
            range: .integer(0...10),
            isTunable: true,
            effect: "pairs of items with fewer shared users are dropped"
        ),
    ]

    private static let dimensions = ["item_id_hidden_dim", "item_metadata_hidden_dim"].map { name in
        Parameter(
            name: name,
            section: .algorithm,
            defaultValue: "100",
            range: .integer(30...200),
            isTunable: true,
            effect: "similarity by metadata counts beside co-interaction in proportion to item_metadata_hidden_dim / item_id_hidden_dim"
        )
    }

    private static let trend = [
        Parameter(
            name: "trend_discovery_frequency",
            section: .featurization,
            defaultValue: "2 hours",
            range: .categories(["30 minutes", "1 hour", "2 hours", "3 hours", "1 day"]),
            isTunable: false,
            effect: "the length of the two intervals whose interactions are compared"
        )
    ]

    private static let actions = [
        Parameter(
            name: "action_optimization_period",
            section: .featurization,
            defaultValue: "14",
            range: .integer(7...28),
            isTunable: false,
            effect: "within so many days before a user takes an action, seeing or refusing it does not count against it"
        )
    ]

    private static let coldStart = [
        Parameter(
            name: "cold_start_max_interactions",
            section: .featurization,
            defaultValue: "15",
            range: .integer(1...100_000),
            isTunable: false,
            effect: "items with at most so many interactions are cold: they borrow from items with like metadata and are explored"
        ),
        Parameter(
            name: "cold_start_max_duration",
            section: .featurization,
            defaultValue: "5.0",
            range: .positive,
            isTunable: false,
            effect: "how many days an item stays cold"
        ),
        Parameter(
            name: "cold_start_relative_from",
            section: .featurization,
            defaultValue: "currentTime",
            range: .categories(["latestitem", "currenttime"]),
            isTunable: false,
            effect: "whether those days end with the newest item or with the newest interaction"
        ),
    ]

    private static let exploration = [
        Parameter(
            name: "exploration_weight",
            section: .campaign,
            defaultValue: "0.3",
            range: .continuous(0...1),
            isTunable: false,
            effect: "the share of what a young item lacks to a popular one that is added to its logit; campaigns call it explorationWeight"
        ),
        Parameter(
            name: "exploration_item_age_cut_off",
            section: .campaign,
            defaultValue: "30",
            range: .positive,
            isTunable: false,
            effect: "how many days an item stays young, counted back from the newest interaction; campaigns call it explorationItemAgeCutOff"
        ),
    ]

    private static func percentile(_ name: String, _ usual: String, _ effect: String) -> Parameter {
        Parameter(name: name, section: .featurization, defaultValue: usual, range: .continuous(0...1), isTunable: false, effect: effect)
    }

    private static func historyPercentiles(_ least: String, _ most: String) -> [Parameter] {
        [
            percentile("min_user_history_length_percentile", least, "users with shorter histories than this percentile are not learnt from"),
            percentile("max_user_history_length_percentile", most, "users with longer histories than this percentile are not learnt from"),
        ]
    }

    private static let itemPercentiles = [
        percentile(
            "min_item_interaction_count_percentile",
            "0.01",
            "items with fewer interactions than this percentile get no neighbours and are nobody's neighbour"
        ),
        percentile(
            "max_item_interaction_count_percentile",
            "0.9",
            "items with more interactions than this percentile get no neighbours and are nobody's neighbour"
        ),
    ]
}
