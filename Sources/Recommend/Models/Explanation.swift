/// What the score of one item is made of.
///
/// Scores are probabilities and their parts are factors, so everything here is a natural logarithm: the lines add up to `log(probability)`, for
/// actions to the log odds. What is done to the score step after step, each line is what one step changed; only the steps over the history are told
/// event by event.
package struct Explanation: Sendable {
    package enum Part: String, Sendable {
        /// How likely the item is before anything is known of the user; for a user without history what is popular lately.
        case prior
        /// What follows an event of the history, how soon.
        case history
        /// An item of the history that nobody has touched, by the items that it resembles.
        case resemblance
        /// Whether users return to what they touched.
        case repeats = "repeat"
        /// What the Users dataset says of the user.
        case userMetadata
        /// The contextual fields of the request.
        case context
        /// What an item that few have touched borrows from those that it resembles by its metadata.
        case itemMetadata
        /// Shown before and not chosen.
        case impressions
        /// The optimization objective of the solution.
        case objective
        case exploration
        /// What makes the probabilities of all items, or of a ranked list, add up to 1.
        case normalization
        /// Of actions: what the user did with the action, and with all others.
        case ownActions, otherActions
    }

    package struct Line: Sendable, Equatable {
        package let part: Part
        /// The event of the history that a line of the history is about, by its index there.
        package let event: Int?
        package let value: Double
    }

    /// Lines that changed nothing are left out, but for the prior and the normalization.
    package let lines: [Line]
    /// As the answer has it, seven decimals; nil for use cases, which answer without scores, and actions of which too little is known.
    package let score: Double?
    /// What `score` is rounded from.
    package let probability: Double
    /// 1 for the first; among all items, or those of the ranked list, whatever a filter leaves of them.
    package let rank: Int

    package var sum: Double { lines.reduce(0) { $0 + $1.value } }
}

extension PersonalizedModel {
    /// Does what `score` does, step after step, and tells what each did to one item.
    /// - Returns: the lines in units of logits, without normalization.
    func explain(_ query: Query, item: Int, into logits: inout [Float]) -> [Explanation.Line] {
        var steps = Explanation.Steps(item: item)
        let start = query.history.count - min(query.history.count, successors.settings.window)
        let items = query.history[start...].map(\.item)
        if items.isEmpty {
            logits = newcomers
            steps.add(.prior, logits, always: true)
        } else {
            logits = prior
            steps.add(.prior, logits, always: true)
            successors.score(items, trained: trained, withRepeats: false, into: &logits)
            steps.add(successors.parts(of: item, items, trained).map { (start + $0.index, $0.value) }, logits)
            if returns == nil {
                successors.score(items, trained: trained, withRepeats: true, into: &logits)
                steps.add(.repeats, logits)
            }
            cold?.standIn(items, self, into: &logits)
            steps.add(.resemblance, logits)
        }
        conditions?.add(userId: query.userId, context: [:], historyLength: items.count, into: &logits)
        steps.add(.userMetadata, logits)
        conditions?.add(userId: nil, context: query.context, historyLength: items.count, into: &logits)
        steps.add(.context, logits)
        if !items.isEmpty { cold?.lift(prior, into: &logits) }
        steps.add(.itemMetadata, logits)
        if let user = query.user { impressions?.subtract(user: user, from: &logits) }
        steps.add(.impressions, logits)
        _ = returns?.apply(query.history, temperature: successors.settings.temperature, into: &logits)
        steps.add(.repeats, logits)
        if let reward { for item in logits.indices { logits[item] += reward.bonus[item] } }
        steps.add(.objective, logits)
        return steps.lines
    }
}

extension Explanation {
    /// Watches the logit of one item while steps are done.
    struct Steps {
        let item: Int
        private(set) var lines: [Line] = []
        private var reached = 0.0

        init(item: Int) { self.item = item }

        /// The step since the last call.
        mutating func add(_ part: Part, _ logits: [Float], always: Bool = false) {
            let now = Double(logits[item])
            if now != reached || always { lines.append(Line(part: part, event: nil, value: now - reached)) }
            reached = now
        }

        /// The step over the history, told by events.
        mutating func add(_ events: [(index: Int, value: Double)], _ logits: [Float]) {
            for event in events where event.value != 0 { lines.append(Line(part: .history, event: event.index, value: event.value)) }
            reached = Double(logits[item])
        }
    }
}

extension TransitionModel {
    /// What each item of a history adds to the logit of one, by its index; what `score` adds up without saying what came from where.
    fileprivate func parts(of item: Int, _ history: [Int32], _ trained: LogLinear?) -> [(index: Int, value: Double)] {
        let weights = settings.weights(length: history.count)
        let share = Double(trained?.share ?? 0)
        return (0..<min(history.count, settings.window)).compactMap { back in
            let index = history.count - 1 - back
            guard let pair = pairs.entries(of: Int(history[index])).first(where: { pairs.columns[$0] == item }) else { return nil }
            var value = (1 - share) * Double(back < weights.count ? weights[back] : 0) * Double(pairWeights[pair])
            if let trained {
                for (decay, weights) in zip(trained.settings.decays, trained.pairWeights) {
                    value += share * Platform.exp(-Double(back) / decay) * Double(weights[pair])
                }
            }
            return (index, value)
        }
    }
}
