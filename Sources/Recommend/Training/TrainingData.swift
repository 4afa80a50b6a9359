/// One data set, as a recipe learns from it: the whole of it, or only some users for evaluation and search.
struct TrainingData {
    let request: TrainingRequest
    let interactions: Interactions
    let features: Features?
    let reward: Reward?
    /// Told by every fit that has a loss.
    let losses: NewestLoss

    init(_ request: TrainingRequest, _ interactions: Interactions, losses: NewestLoss = NewestLoss()) throws(TrainingFailure) {
        self.request = request
        self.interactions = interactions
        self.losses = losses
        features = Self.features(request, interactions)
        reward = try Reward.read(request, interactions.items)
    }

    private init(_ trainingData: TrainingData, on interactions: Interactions) {
        request = trainingData.request
        features = trainingData.features
        reward = trainingData.reward
        losses = trainingData.losses
        self.interactions = interactions
    }

    /// The same items and users with fewer events: the oldest `length(user)` of each.
    func truncated(_ length: (Int) -> Int) -> TrainingData { TrainingData(self, on: interactions.truncated(length)) }

    private static func features(_ request: TrainingRequest, _ interactions: Interactions) -> Features? {
        guard request.recipe.usesMetadata, request.recipe.family != .actions, request.items != nil else { return nil }
        let reading: Features.Reading =
            switch request.recipe {
            case .semanticSimilarity: .text
            case .itemAttributeAffinity: .attributes
            default: .metadata
            }
        let features = Features(request.items, key: "ITEM_ID", entities: interactions.items, reading: reading) { request.learns($0, of: .items) }
        return features.weights.isEmpty ? nil : features
    }

    /// Learns from the events of `users`.
    /// - Returns: nil when `shouldContinue` said no.
    func fit(users: [Int], _ settings: FamilySettings, shouldContinue: (Double) -> Bool) -> TrainedModel.Family? {
        let percentiles = settings.historyPercentiles
        let chosen = Percentiles.users(interactions, among: users, least: percentiles.least, most: percentiles.most)
        switch request.recipe.family {
        case .personal: return personal(users, chosen: chosen, settings, shouldContinue: shouldContinue).map { .personal($0) }
        case .related:
            if request.recipe == .semanticSimilarity {
                guard let features else { return .popularity }
                return shouldContinue(0) ? .neighbours(Neighbours(features, settings: settings.neighbours)) : nil
            }
            return neighbours(chosen, settings, shouldContinue).map { .neighbours($0) }
        case .popular: return .popularity
        case .trending:
            let newest = interactions.timeOf.max() ?? 0
            return .trending(Trending(interactions, users: users, interval: settings.trendInterval, newest: newest))
        case .segments:
            guard
                let successors = TransitionModel(
                    Sequences(interactions, users: chosen),
                    settings: settings.successors,
                    shouldContinue: { shouldContinue($0 / 2) }
                )
            else { return nil }
            let histories = Histories(interactions, limit: settings.successors.window)
            return Affinity(successors, histories: histories, features: features, shouldContinue: { shouldContinue(0.5 + $0 / 2) }).map {
                .affinity($0)
            }
        case .actions:
            let known = Set(users)
            let events = actionEvents.filter { interactions.users.index(of: $0.userId).map { known.contains(Int($0)) } ?? true }
            return .actions(Actions(events, request, period: settings.actionPeriod))
        }
    }

    /// Bulk rows, then streamed ones.
    var actionEvents: [ActionEvent] { ActionEvent.rows(request.actionInteractions) + request.streamedActions }

    private func personal(_ users: [Int], chosen: [Int], _ settings: FamilySettings, shouldContinue: (Double) -> Bool) -> PersonalizedModel? {
        let sequences = Sequences(interactions, users: chosen)
        let isTrained = settings.trainedShare > 0
        guard
            let successors = TransitionModel(sequences, settings: settings.successors, shouldContinue: { shouldContinue(isTrained ? $0 * 0.1 : $0) })
        else { return nil }
        var trained: LogLinear?
        if isTrained {
            // What an earlier training has learnt of some of the users need not be learnt again. Where there are several passes, those that are
            // left are over everybody: a pair that only the others have is as often a wrong answer as it is for everybody.
            let passes = LogLinear.passes(settings.logLinear, events: sequences.eventCount)
            var progress = settings.warmStart?.progress
            var learnt = sequences
            var begins: [Int]?
            var left = settings.keepsProgress ? passes.first : passes.whole
            switch settings.warmStart?.learnt {
            case .users(let known) where passes.whole == 1:
                let known = Set(known)
                learnt = Sequences(interactions, users: chosen.filter { !known.contains($0) })
            case .users:
                progress?.eventCounts = [Int32](repeating: 0, count: interactions.itemCount)
                left = passes.whole - passes.first
            case .before(let time): begins = chosen.map { firstEvent(of: $0, after: time) }
            case nil: break
            }
            trained = LogLinear(
                learnt,
                successors,
                settings: settings.logLinear,
                passes: left,
                begins: begins,
                from: progress,
                keepsProgress: settings.keepsProgress,
                shouldContinue: { share, loss in
                    losses.note(loss)
                    return shouldContinue(0.1 + 0.9 * share)
                }
            )
            guard trained != nil else { return nil }
            trained?.share = settings.trainedShare
        }
        var personal = PersonalizedModel(successors, trained: trained)
        personal.newcomers = PersonalizedModel.newcomers(interactions, users: chosen, priorCount: settings.successors.priorCount)
        if let features { personal.cold = ColdItems(features, users: interactions.uniqueUsers(among: users), warm: settings.warm) }
        if request.recipe.usesMetadata {
            personal.conditions = Conditions(
                interactions,
                among: chosen,
                request,
                logProbability: successors.logProbability,
                smoothing: settings.successors.rowSmoothing(items: interactions.itemCount)
            )
        }
        if request.recipe.usesImpressions { personal.impressions = Impressions(interactions, users: Array(0..<interactions.userCount)) }
        personal.reward = reward
        personal.returns = settings.returns.map { learnt in
            let newest = users.reduce(Int64.min) { newest, user in
                interactions.events(of: user).last.map { max(newest, interactions.timeOf[$0]) } ?? newest
            }
            return Returns(learnt: learnt, odds: Returns.odds(interactions, users: chosen), newest: newest)
        }
        return personal
    }

    /// How many of a user's events are no later than a time.
    private func firstEvent(of user: Int, after time: Int64) -> Int {
        let events = interactions.events(of: user)
        return (events.firstIndex { interactions.timeOf[$0] > time } ?? events.upperBound) - events.lowerBound
    }

    private func neighbours(_ chosen: [Int], _ settings: FamilySettings, _ shouldContinue: (Double) -> Bool) -> Neighbours? {
        let kept = Percentiles.items(interactions, among: chosen, least: settings.itemPercentiles.least, most: settings.itemPercentiles.most)
        let profiles = chosen.map { user in
            var seen: Set<Int32> = []
            return interactions.itemOf[interactions.events(of: user)].filter { seen.insert($0).inserted }
        }
        return Neighbours(
            profiles: profiles,
            itemCount: interactions.itemCount,
            settings: settings.neighbours,
            compared: kept,
            features: request.recipe == .similarItems ? features : nil,
            shouldContinue: shouldContinue
        )
    }
}
