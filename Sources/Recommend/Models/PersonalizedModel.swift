/// The personalised model: what follows what, counted and trained, with what is known of items, users, contexts and impressions.
struct PersonalizedModel: Sendable {
    let successors: TransitionModel
    let trained: LogLinear?
    /// The logits before the history of a user is added.
    let prior: [Float]
    /// The logits for a user without history: what is popular lately.
    var newcomers: [Float]
    var cold: ColdItems?
    var conditions: Conditions?
    var impressions: Impressions?
    var reward: Reward?
    /// Whether and to what users return; nil where there was too little to learn it from.
    var returns: Returns?

    init(_ successors: TransitionModel, trained: LogLinear? = nil) {
        self.successors = successors
        self.trained = trained
        prior = trained?.prior(successors.prior) ?? successors.prior
        newcomers = prior
    }

    /// Who asks, and when.
    struct Query {
        /// Newest last.
        var history: [HistoryEvent]
        var userId: String?
        /// The user's number at training.
        var user: Int?
        var context: [String: String] = [:]
    }

    /// Writes one logit per item.
    /// - Returns: the softmax of the logits where it is known without another pass over them.
    @discardableResult
    func score(_ query: Query, into logits: inout [Float]) -> Softmax.Scale? {
        base(query, withRepeats: returns == nil, into: &logits)
        let scale = returns?.apply(query.history, temperature: successors.settings.temperature, into: &logits)
        guard let reward else { return scale }
        for item in logits.indices { logits[item] += reward.bonus[item] }
        return nil
    }

    /// The same without objective and without the model of returns.
    /// - Parameter withRepeats: whether the counted table says how likely returns are.
    func base(_ query: Query, withRepeats: Bool, into logits: inout [Float]) {
        let items = query.history.suffix(successors.settings.window).map(\.item)
        if items.isEmpty {
            logits = newcomers
        } else {
            successors.score(items, trained: trained, withRepeats: withRepeats, into: &logits)
            cold?.standIn(items, self, into: &logits)
        }
        conditions?.add(userId: query.userId, context: query.context, historyLength: items.count, into: &logits)
        if !items.isEmpty { cold?.lift(prior, into: &logits) }
        if let user = query.user { impressions?.subtract(user: user, from: &logits) }
    }

    /// The same with another share for the trained model; none of it with 0.
    func sharing(_ share: Float) -> PersonalizedModel {
        var trained = trained
        trained?.share = share
        var result = PersonalizedModel(successors, trained: share > 0 ? trained : nil)
        result.newcomers = newcomers
        (result.cold, result.conditions, result.impressions) = (cold, conditions, impressions)
        (result.reward, result.returns) = (reward, returns)
        return result
    }

    /// The same with more items after the known ones, which nobody has touched.
    func appending(_ more: Int) -> PersonalizedModel {
        var result = PersonalizedModel(successors.appending(more), trained: trained?.appending(more))
        result.newcomers = newcomers + [Float](repeating: newcomers.min() ?? 0, count: more)
        result.conditions = conditions
        result.impressions = impressions
        result.returns = returns?.appending(more)
        result.reward = reward.map {
            Reward(values: $0.values + [Float](repeating: 0, count: more), bonus: $0.bonus + [Float](repeating: 0, count: more))
        }
        return result
    }

    /// So many seconds halve the weight of an event for newcomers.
    static let halfLife = 180.0 * 86_400

    /// `log p_j` with events weighted by age: who comes now comes for what is popular now.
    static func newcomers(_ interactions: Interactions, users: [Int], priorCount: Double) -> [Float] {
        let newest = interactions.timeOf.max() ?? 0
        // Whole numbers of 2^-20, so that sums do not depend on the order of users.
        var masses = [Int64](repeating: 0, count: interactions.itemCount)
        for user in users {
            for event in interactions.events(of: user) {
                let age = Double(newest - interactions.timeOf[event])
                masses[Int(interactions.itemOf[event])] += Int64((1_048_576 * Platform.exp(-age / halfLife * 0.693_147_180_559_945_3)).rounded())
            }
        }
        let counts = masses.map { Double($0) / 1_048_576 + priorCount }
        let total = counts.reduce(0, +)
        return counts.map { Float(Platform.log($0 / total)) }
    }
}
