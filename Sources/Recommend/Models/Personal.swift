/// The personalised model: what follows what, with what is known of items, users, contexts and impressions.
struct Personal: Sendable {
    var successors: Successors
    var cold: ColdItems?
    var conditions: Conditions?
    var impressions: Impressions?
    var reward: Reward?

    /// Who asks, and when.
    struct Question {
        /// Items, newest last.
        var history: [Int32]
        var userId: String?
        /// The user's number at training.
        var user: Int?
        var context: [String: String] = [:]
    }

    var prior: [Float] { successors.prior }

    /// Writes one logit per item.
    func score(_ question: Question, into logits: inout [Float]) {
        successors.score(question.history, standIns: cold?.standIns, into: &logits)
        conditions?.add(userId: question.userId, context: question.context, historyLength: question.history.count, into: &logits)
        cold?.lift(prior, into: &logits)
        if let user = question.user { impressions?.subtract(user: user, from: &logits) }
        if let reward { for item in logits.indices { logits[item] += reward.bonus[item] } }
    }
}
