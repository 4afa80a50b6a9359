/// How good a recipe is on this data: trained on a part of it, asked about the rest (AWS's page "Evaluating
/// a solution version with metrics").
package struct Evaluation: Sendable {
    /// Of the recipe.
    package internal(set) var scores = RankingScores()
    /// Of the list of the most popular items, given to everybody.
    package internal(set) var popularity = RankingScores()
    package internal(set) var testUsers = 0
    package internal(set) var queries = 0
    /// How often the history of a user was scored for segments: what an evaluation costs.
    package internal(set) var scoredUsers = 0
    /// Figures that only some recipes have, by the key of GetSolutionMetrics.
    package internal(set) var others: [String: Double] = [:]
    /// The evaluated model, where it does not depend on the users learnt from and need not be trained again.
    private(set) var reusable: TrainedModel.Family?
    /// Whether lists of items were asked for; segments and actions have other figures.
    private(set) var asksForItems = true

    /// What GetSolutionMetrics answers; four decimals.
    package var metrics: [String: Double] {
        (asksForItems ? scores.metrics : [:]).merging(others.mapValues(RankingScores.rounded)) { $1 }
    }

    /// The figure that a search maximises.
    package var objective: Double {
        others["recall_at_1_percent"] ?? others["AUC"] ?? (scores.gain[1] + scores.strictGain[1]) / 2
    }

    /// - Returns: nil when `shouldContinue` said no.
    init?(
        _ trainingData: TrainingData,
        _ settings: FamilySettings,
        seed: UInt64,
        among users: [Int]? = nil,
        shouldContinue: (Double) -> Bool = { _ in true }
    ) {
        switch trainingData.request.recipe.family {
        case .segments:
            asksForItems = false
            guard evaluateSegments(trainingData, settings, shouldContinue) else { return nil }
        case .actions:
            asksForItems = false
            guard evaluateActions(trainingData, settings, seed: seed, shouldContinue) else { return nil }
        default:
            let split = Split(trainingData.interactions, seed: seed, among: users)
            guard evaluateLists(trainingData, settings, split: split, shouldContinue: shouldContinue) else { return nil }
        }
        guard shouldContinue(1) else { return nil }
    }

    private mutating func evaluateLists(_ trainingData: TrainingData, _ settings: FamilySettings, split: Split, shouldContinue: (Double) -> Bool)
        -> Bool
    {
        let interactions = trainingData.interactions
        let recipe = trainingData.request.recipe
        let (learnt, users) = Self.learnt(trainingData, split)
        guard let family = learnt.fit(users: users, settings, shouldContinue: { shouldContinue($0 * 0.8) }) else { return false }
        if recipe == .semanticSimilarity { reusable = family }
        let popular = Popularity(uniqueUsers: learnt.interactions.uniqueUsers(among: users))
        let baseline = popular.top(25)
        var meter = RankingMeter(itemCount: interactions.itemCount, rewards: trainingData.reward?.values)
        var baselineMeter = RankingMeter(itemCount: interactions.itemCount)
        var trending: [Int32]?
        if case .trending(let model) = family {
            let moment = model.newest - model.interval
            trending = Self.filled(model.growing(at: moment, adding: [], popularity: popular)[...], popular)
            others["trend_prediction_accuracy"] = Self.trendAccuracy(of: trending ?? [], interactions, model, at: moment)
        }
        var types: [UInt8] = []
        if case .personal(let model) = family, let returns = model.returns { types = interactions.codes(returns.learnt.types) }
        var logits: [Float] = []
        for (number, user) in split.test.enumerated() {
            if number % 64 == 0, !shouldContinue(0.8 + 0.2 * Double(number) / Double(split.test.count)) { return false }
            let events = interactions.events(of: user)
            let cut = Split.cut(events)
            for query in Self.queries(recipe, cut, events) {
                var truth = Set(interactions.itemOf[cut..<events.upperBound])
                let known = interactions.itemOf[events.lowerBound..<query]
                if recipe.asksByItem { truth.remove(known[known.endIndex - 1]) }
                if truth.isEmpty { continue }
                let list: [Int32]
                switch family {
                case .personal(let model):
                    let query = PersonalizedModel.Query(
                        history: interactions.history(events.lowerBound..<query, types: types),
                        userId: interactions.users[Int32(user)],
                        context: interactions.context(at: cut)
                    )
                    model.score(query, into: &logits)
                    list = TopK.select(logits, 25)
                case .neighbours(let model):
                    list = Self.filled(model.nearest(to: known[known.endIndex - 1], count: 25)[...], popular, without: known[known.endIndex - 1])
                default: list = trending ?? baseline
                }
                meter.add(list, truth: truth, weights: Self.weights(interactions, cut..<events.upperBound))
                baselineMeter.add(baseline, truth: truth)
                queries += 1
            }
        }
        scores = meter.scores
        popularity = baselineMeter.scores
        testUsers = split.test.count
        for (index, cut) in RankingScores.cuts.enumerated() {
            if trainingData.reward != nil { others["average_rewards_at_\(cut)"] = scores.reward[index] }
            if !trainingData.request.selection.weights.isEmpty {
                others["normalized_discounted_cumulative_gain_with_event_weights_at_\(cut)"] = scores.weightedGain[index]
            }
        }
        return true
    }

    /// What the evaluated model learns from. The oldest nine tenths of a test user are the model's input: recipes that know users are told
    /// them with the query; similar items are asked for by an item alone, so there they are counted with everybody's.
    private static func learnt(_ trainingData: TrainingData, _ split: Split) -> (TrainingData, users: [Int]) {
        guard trainingData.request.recipe.asksByItem else { return (trainingData, split.training) }
        let tested = Set(split.test)
        let known = trainingData.truncated { user in
            let events = trainingData.interactions.events(of: user)
            return tested.contains(user) ? Split.cut(events) - events.lowerBound : events.count
        }
        return (known, (split.training + split.test).sorted())
    }

    /// The weight of each item that a user then touched; nil when all events count the same.
    private static func weights(_ interactions: Interactions, _ events: Range<Int>) -> [Int32: Double]? {
        if interactions.weightOf.isEmpty { return nil }
        return Dictionary(events.map { (interactions.itemOf[$0], Double(interactions.weightOf[$0])) }, uniquingKeysWith: max)
    }

    /// The positions in a user's events before which a query is asked. Recipes that know users are asked once, at the cut. Similar items
    /// are asked for at each event of the newest tenth: the query is the item just before it, right are the other items of that tenth.
    private static func queries(_ recipe: Recipe, _ cut: Int, _ events: Range<Int>) -> Range<Int> {
        recipe.asksByItem ? cut..<events.upperBound : cut..<cut + 1
    }

    private static func filled(_ found: ArraySlice<Int32>, _ popular: Popularity, without item: Int32? = nil) -> [Int32] {
        var list = Array(found.prefix(25))
        for other in popular.order where list.count < 25 && other != item && !list.contains(other) { list.append(other) }
        return list
    }

    /// What the items said to trend gained in the interval after the moment ÷ all their interactions in the two intervals.
    private static func trendAccuracy(of list: [Int32], _ interactions: Interactions, _ model: Trending, at moment: Int64) -> Double {
        let listed = Set(list)
        var gained = 0.0
        var total = 0.0
        for event in 0..<interactions.eventCount where listed.contains(interactions.itemOf[event]) {
            let time = interactions.timeOf[event]
            if time > moment + model.interval || time <= moment - model.interval { continue }
            gained += time > moment ? 1 : -1
            total += 1
        }
        return total == 0 ? 0 : gained / total
    }
}
