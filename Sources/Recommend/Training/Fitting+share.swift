extension Fitting {
    /// Beyond so many items, or so many events × items, the counting model answers alone: training would take minutes, and for the recipes
    /// that do not ask for a trained model by name, more than a second or two.
    static let mostTrainedItems = 30_000
    private var mostTrainedWork: Double {
        request.recipe == .userPersonalizationV2 || request.recipe == .personalizedRankingV2 ? 8e9 : 2e7
    }
    /// Fewer events are too few to train on, and to choose by.
    static let leastTrainedEvents = 5000
    /// The shares of the trained model that are tried.
    static let shares: [Float] = [0, 0.3, 0.5, 0.7, 1]
    /// How often a validation user is asked for the very next item.
    private static let moments = 6

    var canTrain: Bool {
        request.recipe.family == .personal && interactions.eventCount >= Self.leastTrainedEvents
            && interactions.itemCount <= Self.mostTrainedItems
            && Double(interactions.itemCount) * Double(interactions.eventCount) <= mostTrainedWork
    }

    /// More events are not tried at every reach: each costs a count of all pairs.
    private static let mostReachEvents = 2_000_000

    /// What is simpler stays unless the other is so much better: the cut is a small sample, and a longer reach makes lists less varied.
    private static let clearly = 1.03

    /// The reach whose counting model is best on a validation cut of the training users.
    /// - Parameter users: those that the evaluation learns from.
    /// - Returns: nil when `goOn` said no.
    func chooseReach(users: [Int], seed: UInt64, goOn: (Double) -> Bool) -> Reach? {
        guard request.recipe.family == .personal, FamilySettings(request).successors.decaysHistory,
            interactions.eventCount >= Self.leastTrainedEvents,
            interactions.eventCount <= Self.mostReachEvents
        else { return .next }
        let split = Split(interactions, seed: Mixing.mix(seed), among: users)
        var best: (quality: Double, reach: Reach) = (0, .next)
        for (number, reach) in Reach.allCases.enumerated() {
            let trial = FamilySettings(request, reach: reach).successors
            let sequences = Sequences(interactions, users: split.training)
            let share = { (part: Double) in (Double(number) + part) / Double(Reach.allCases.count) }
            guard let successors = Successors(sequences, settings: trial, goOn: { goOn(share($0 * 0.8)) }), goOn(share(0.8)) else { return nil }
            let quality = quality(successors, nil, split.test)
            if quality > best.quality * (best.reach == .next ? Self.clearly : 1) { best = (quality, reach) }
        }
        return best.reach
    }

    /// How much the trained model should have of an answer: the best of a few shares on a validation cut of the training users.
    /// - Parameter users: those that the evaluation learns from.
    /// - Returns: nil when `goOn` said no.
    func chooseShare(_ settings: FamilySettings, users: [Int], seed: UInt64, goOn: (Double) -> Bool) -> Float? {
        guard canTrain, settings.successors.decaysHistory else { return 0 }
        var trial = settings
        trial.trainedShare = 1
        let split = Split(interactions, seed: Mixing.mix(seed), among: users)
        guard case .personal(let model) = fit(users: split.training, trial, goOn: { goOn($0 * 0.9) }), let trained = model.trained else { return nil }
        var best: (quality: Double, share: Float) = (0, 0)
        for (number, share) in Self.shares.enumerated() {
            guard goOn(0.9 + 0.1 * Double(number) / Double(Self.shares.count)) else { return nil }
            var shared: LogLinear? = trained
            shared?.share = share
            let quality = quality(model.successors, share == 0 ? nil : shared, split.test)
            if quality > best.quality * (best.share == 0 ? Self.clearly : 1) { best = (quality, share) }
        }
        return best.share
    }

    /// NDCG at 10 of the newest tenth, and of the next item at some moments before, half each.
    private func quality(_ successors: Successors, _ trained: LogLinear?, _ users: [Int]) -> Double {
        var far = RankingMeter(itemCount: interactions.itemCount)
        var near = far
        var logits: [Float] = []
        for user in users {
            let events = interactions.events(of: user)
            func list(_ place: Int) -> [Int32] {
                successors.score(interactions.itemOf[events.lowerBound..<place], trained: trained, into: &logits)
                return TopK.select(logits, 25)
            }
            let cut = Split.cut(events)
            far.add(list(cut), truth: Set(interactions.itemOf[cut..<events.upperBound]))
            for moment in 1...Self.moments {
                let place = events.lowerBound + max(1, events.count * moment / (Self.moments + 1))
                near.add(list(place), truth: [interactions.itemOf[place]])
            }
        }
        return far.scores.strictGain[1] + near.scores.strictGain[1]
    }
}
