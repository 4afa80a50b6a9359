extension TrainingData {
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

    /// More events are not tried at every horizon: each costs a count of all pairs.
    private static let mostReachEvents = 2_000_000

    /// What is simpler stays unless the other is so much better: the cut is a small sample, and a longer horizon makes lists less varied.
    private static let clearly = 1.03

    /// The horizon whose counting model is best on a validation cut of the training users.
    /// - Parameter users: those that the evaluation learns from.
    /// - Returns: nil when `shouldContinue` said no.
    func chooseHorizon(users: [Int], seed: UInt64, shouldContinue: (Double) -> Bool) -> HorizonPreset? {
        guard request.recipe.family == .personal, FamilySettings(request).successors.decaysHistory,
            interactions.eventCount >= Self.leastTrainedEvents,
            interactions.eventCount <= Self.mostReachEvents
        else { return .next }
        let split = Split(interactions, seed: Mixing.mix(seed), among: users)
        var best: (quality: Double, horizon: HorizonPreset) = (0, .next)
        for (number, horizon) in HorizonPreset.allCases.enumerated() {
            let trial = FamilySettings(request, horizon: horizon).successors
            let sequences = Sequences(interactions, users: split.training)
            let share = { (part: Double) in (Double(number) + part) / Double(HorizonPreset.allCases.count) }
            guard let successors = TransitionModel(sequences, settings: trial, shouldContinue: { shouldContinue(share($0 * 0.8)) }),
                shouldContinue(share(0.8))
            else { return nil }
            let quality = qualities(successors, nil, shares: [0], split.test)[0]
            if quality > best.quality * (best.horizon == .next ? Self.clearly : 1) { best = (quality, horizon) }
        }
        return best.horizon
    }

    /// The settings with what a validation cut of the training users says: how much of an answer the trained model gives, and how users return
    /// to what they touched. One model is learnt for both.
    /// - Parameter users: those that the evaluation learns from.
    /// - Returns: nil when `shouldContinue` said no.
    func tuned(_ settings: FamilySettings, users: [Int], seed: UInt64, shouldContinue: (Double) -> Bool) -> FamilySettings? {
        guard request.recipe.family == .personal, settings.successors.decaysHistory, interactions.eventCount >= Self.leastTrainedEvents else {
            return settings
        }
        var trial = settings
        trial.trainedShare = canTrain ? 1 : 0
        trial.keepsProgress = true
        let split = Split(interactions, seed: Mixing.mix(seed), among: sampled(users))
        guard case .personal(var model) = fit(users: split.training, trial, shouldContinue: { shouldContinue($0 * 0.8) }) else { return nil }
        var result = settings
        if let trained = model.trained {
            let share = share(model.successors, trained, split.test)
            result.trainedShare = share
            if share > 0, let progress = trained.progress {
                let percentiles = settings.historyPercentiles
                let chosen = Percentiles.users(interactions, among: split.training, least: percentiles.least, most: percentiles.most)
                result.warmStart = FamilySettings.WarmStart(progress: progress, learnt: .users(chosen))
            }
            model = model.sharing(share)
        }
        guard shouldContinue(0.9) else { return nil }
        result.successors.temperature = chooseTemperature(model, asked: split.test)
        result.returns = learnReturns(model, training: split.training, asked: split.test, temperature: result.successors.temperature)
        return shouldContinue(1) ? result : nil
    }

    /// Users with so many events in all are enough to learn a few numbers from.
    private static let mostTunedEvents = 2_000_000

    /// Some of the users, by a hash of their ids: all of them unless there are very many events.
    private func sampled(_ users: [Int]) -> [Int] {
        if interactions.eventCount <= Self.mostTunedEvents { return users }
        let share = Double(Self.mostTunedEvents) / Double(interactions.eventCount)
        let limit = UInt64(share * Double(UInt64.max >> 1))
        return users.filter { Mixing.hash(interactions.users[Int32($0)], seed: 3) >> 1 <= limit }
    }

    /// The best of a few shares.
    private func share(_ successors: TransitionModel, _ trained: LogLinear, _ users: [Int]) -> Float {
        let qualities = qualities(successors, trained, shares: Self.shares, users)
        var best: (quality: Double, share: Float) = (0, 0)
        for (quality, share) in zip(qualities, Self.shares) where quality > best.quality * (best.share == 0 ? Self.clearly : 1) {
            best = (quality, share)
        }
        return best.share
    }

    /// What is asked of the validation users: the newest tenth, and the next item at some moments before.
    private struct Query: Sendable {
        var known: Range<Int>
        var coming: Range<Int>
        var isFar: Bool
    }

    /// Per share of the trained model, NDCG at 10 of the newest tenth, and of the next item at some moments before, half each. Items that the
    /// user has touched are neither answered nor right: returns are another model's business.
    private func qualities(_ successors: TransitionModel, _ trained: LogLinear?, shares: [Float], _ users: [Int]) -> [Double] {
        let queries = users.flatMap { user -> [Query] in
            let events = interactions.events(of: user)
            let cut = Split.cut(events)
            let far = Query(known: events.lowerBound..<cut, coming: cut..<events.upperBound, isFar: true)
            return [far]
                + (1...Self.moments).map { moment in
                    let next = events.lowerBound + max(1, events.count * moment / (Self.moments + 1))
                    return Query(known: events.lowerBound..<next, coming: next..<next + 1, isFar: false)
                }
        }
        var whole = trained
        whole?.share = 1
        let other = whole
        let blocks = Threads.parallelMap(queries.count, size: 32) { range in
            var counted: [Float] = []
            var learnt: [Float] = []
            return queries[range].map { query -> (truth: Set<Int32>, lists: [[Int32]]) in
                let known = interactions.itemOf[query.known]
                let truth = Set(interactions.itemOf[query.coming]).subtracting(known)
                if truth.isEmpty { return (truth, []) }
                successors.score(known, withRepeats: false, into: &counted)
                if let other { successors.score(known, trained: other, withRepeats: false, into: &learnt) }
                for item in known { counted[Int(item)] = -.greatestFiniteMagnitude }
                return (
                    truth,
                    shares.map { share in
                        if share == 0 { return TopK.select(counted, 25) }
                        var mixed = learnt
                        if share < 1 { for item in mixed.indices { mixed[item] = (1 - share) * counted[item] + share * learnt[item] } }
                        for item in known { mixed[Int(item)] = -.greatestFiniteMagnitude }
                        return TopK.select(mixed, 25)
                    }
                )
            }
        }
        let answers = blocks?.flatMap(\.self) ?? []
        return shares.indices.map { share in
            var far = RankingMeter(itemCount: interactions.itemCount)
            var near = far
            for (query, answer) in zip(queries, answers) where !answer.lists.isEmpty {
                if query.isFar { far.add(answer.lists[share], truth: answer.truth) } else { near.add(answer.lists[share], truth: answer.truth) }
            }
            return far.scores.strictGain[1] + near.scores.strictGain[1]
        }
    }
}
