/// Hyperparameters read into the numbers of a family.
struct FamilySettings {
    var successors = SuccessorSettings()
    var neighbours = NeighbourSettings()
    var historyPercentiles = (least: 0.0, most: 1.0)
    var itemPercentiles = (least: 0.0, most: 1.0)

    /// The values have passed `Hyperparameters.validate`.
    init(_ recipe: Recipe, algorithm: [String: String], featurization: [String: String]) {
        let values = Hyperparameters.defaults(of: recipe, .algorithm).merging(algorithm) { $1 }
        let features = Hyperparameters.defaults(of: recipe, .featurization).merging(featurization) { $1 }
        func share(_ name: String, _ otherwise: Double) -> Double { features[name].flatMap { Double($0) } ?? otherwise }
        if let window = values["bptt"].flatMap({ Int($0) }) { successors.window = window }
        successors.decaysHistory = values["recency_mask"]?.lowercased() != "false"
        if let discount = values["popularity_discount_factor"].flatMap({ Double($0) }) { neighbours.popularityDiscount = discount }
        if let least = values["min_cointeraction_count"].flatMap({ Int($0) }) { neighbours.leastShared = least }
        historyPercentiles = (share("min_user_history_length_percentile", 0), share("max_user_history_length_percentile", 1))
        itemPercentiles = (share("min_item_interaction_count_percentile", 0), share("max_item_interaction_count_percentile", 1))
    }
}

extension Recipe {
    /// Learns from the events of `users`, all of them.
    /// - Returns: nil when `goOn` said no.
    func fit(_ interactions: Interactions, users: [Int], _ settings: FamilySettings, goOn: (Double) -> Bool) -> TrainedModel.Family? {
        let percentiles = settings.historyPercentiles
        let chosen = Percentiles.users(interactions, among: users, least: percentiles.least, most: percentiles.most)
        switch self {
        case .userPersonalization, .personalizedRanking:
            return Successors(Sequences(interactions, users: chosen), settings: settings.successors, goOn: goOn).map { .successors($0) }
        case .sims:
            let kept = Percentiles.items(interactions, among: chosen, least: settings.itemPercentiles.least, most: settings.itemPercentiles.most)
            let profiles = chosen.map { user in
                var seen: Set<Int32> = []
                return interactions.itemOf[interactions.events(of: user)].filter { kept[Int($0)] && seen.insert($0).inserted }
            }
            return Neighbours(profiles: profiles, itemCount: interactions.itemCount, settings: settings.neighbours, goOn: goOn)
                .map { .neighbours($0) }
        case .popularityCount:
            return .popularity
        }
    }
}
