/// Hyperparameters read into the numbers of a family.
struct FamilySettings {
    var successors = TransitionSettings()
    var logLinear = LogLinearSettings()
    /// How much of an answer the trained model gives; 0 trains none. `TrainingData.tuned` finds it.
    var trainedShare: Float = 0
    /// A training on a part of the events, for another on more to go on from. `TrainingData.tuned` has it from choosing the share, an update
    /// from the model that it updates.
    var warmStart: WarmStart?
    /// Whether a training leaves what another can go on from.
    var keepsProgress = false
    /// How users return to items; nil leaves it to the counted table. `TrainingData.tuned` finds it.
    var returns: Returns.Learnt?
    var neighbours = NeighbourSettings()
    var historyPercentiles = (least: 0.0, most: 1.0)
    var itemPercentiles = (least: 0.0, most: 1.0)
    /// Seconds.
    var trendInterval: Int64 = 7200
    /// Seconds.
    var actionPeriod: Int64 = 14 * 86_400
    var coldStart = ColdStart()
    /// Items with at most so many users borrow from others with like metadata.
    var warm = ColdItems.usualWarm

    /// Where a training stands, and what it has learnt from.
    struct WarmStart {
        enum Learnt {
            case users([Int])
            /// All events up to a time in seconds since 1970.
            case before(Int64)
        }
        var progress: LogLinear.Progress
        var learnt: Learnt
    }

    /// What aws-hrnn-coldstart calls a cold item.
    struct ColdStart {
        var mostInteractions = 15
        var days = 5.0
        var isFromLatestItem = false
    }

    /// The values have passed `Hyperparameters.validate`.
    /// - Parameter horizon: what `TrainingData.chooseHorizon` found.
    init(_ request: TrainingRequest, horizon: HorizonPreset = .next) {
        let recipe = request.recipe
        let values = Hyperparameters.defaults(of: recipe, .algorithm).merging(request.algorithm) { $1 }
        let features = Hyperparameters.defaults(of: recipe, .featurization).merging(request.featurization) { $1 }
        func share(_ name: String, _ otherwise: Double) -> Double { features[name].flatMap { Double($0) } ?? otherwise }
        horizon.apply(to: &self)
        if recipe.family == .segments { successors = .affinity }
        if let window = values["bptt"].flatMap({ Int($0) }) { successors.window = window }
        if let size = values["hidden_dimension"].flatMap({ Double($0) }),
            let usual = Hyperparameters.defaults(of: recipe, .algorithm)["hidden_dimension"].flatMap({ Double($0) })
        {
            successors.smoothing *= usual / size
        }
        successors.decaysHistory = (values["recency_mask"] ?? values["apply_recency_bias"])?.lowercased() != "false"
        if recipe == .similarItems || request.useCase != nil { neighbours.leastShared = 2 }
        if request.useCase == .boughtTogether { neighbours = .boughtTogether }
        if let discount = values["popularity_discount_factor"].flatMap({ Double($0) }), request.useCase == nil {
            neighbours.popularityDiscount = discount
        }
        if let least = values["min_cointeraction_count"].flatMap({ Int($0) }), request.useCase == nil { neighbours.leastShared = least }
        if let own = values["item_id_hidden_dim"].flatMap({ Double($0) }), let other = values["item_metadata_hidden_dim"].flatMap({ Double($0) }) {
            neighbours.metadata *= other / own
        }
        historyPercentiles = (share("min_user_history_length_percentile", 0), share("max_user_history_length_percentile", 1))
        itemPercentiles = (share("min_item_interaction_count_percentile", 0), share("max_item_interaction_count_percentile", 1))
        if let frequency = features["trend_discovery_frequency"].flatMap({ Trending.seconds($0.lowercased()) }) { trendInterval = frequency }
        if let days = features["action_optimization_period"].flatMap({ Int64($0) }) { actionPeriod = days * 86_400 }
        if let most = features["cold_start_max_interactions"].flatMap({ Int($0) }), recipe == .hrnnColdstart {
            coldStart.mostInteractions = most
            warm = Int32(clamping: max(1, most))
        }
        if let days = features["cold_start_max_duration"].flatMap({ Double($0) }) { coldStart.days = days }
        coldStart.isFromLatestItem = features["cold_start_relative_from"]?.lowercased() == "latestitem"
    }
}
