/// Which users will touch an item, or any item with certain attributes: the successor model read along the user axis.
///
/// `P(j | u) = exp(logit_uj) / Z_u`. Z is a sum over the catalogue that only the items in a user's rows change, so it costs as much as the
/// rows are long.
struct Affinity: Sendable {
    let successors: Successors
    /// log Z per user.
    let logSum: [Float]
    /// What the items are, for attributes.
    let features: Features?

    init(successors: Successors, logSum: [Float], features: Features?) {
        self.successors = successors
        self.logSum = logSum
        self.features = features
    }

    init(_ successors: Successors, histories: Histories, features: Features?) {
        var logits: [Float] = []
        var touched: [Int32] = []
        let base = successors.prior.reduce(0.0) { $0 + Platform.exp(Double($1)) }
        let sums = (0..<histories.userCount).map { user -> Float in
            successors.scoreSparsely(histories.items(of: user), into: &logits, touched: &touched)
            var sum = base
            for item in touched {
                sum += Platform.exp(Double(logits[Int(item)])) - Platform.exp(Double(successors.prior[Int(item)]))
                logits[Int(item)] = successors.prior[Int(item)]
            }
            return Float(Platform.log(max(sum, .leastNormalMagnitude)))
        }
        self.init(successors: successors, logSum: sums, features: features)
    }

    /// log P(item | user) of every user.
    func scores(_ item: Int32, _ histories: Histories) -> [Float] {
        let column = successors.column(item)
        return (0..<histories.userCount).map { user in
            let history = histories.items(of: user)
            var logit = successors.prior[Int(item)]
            for (weight, past) in zip(successors.settings.weights(length: history.count), history.reversed()) {
                logit += weight * column[Int(past)]
            }
            successors.repeats.forEach(history) { past, chance in
                if past == item { logit += Float(successors.settings.repeatStrength) * (chance - successors.logChance[Int(item)]) }
            }
            return logit - logSum[user]
        }
    }

    /// P(any of the items | user) of every user.
    func scores(_ items: [Int32], _ histories: Histories) -> [Float] {
        let wanted = Set(items)
        let base = items.reduce(0.0) { $0 + Platform.exp(Double(successors.prior[Int($1)])) }
        var logits: [Float] = []
        var touched: [Int32] = []
        return (0..<histories.userCount).map { user in
            successors.scoreSparsely(histories.items(of: user), into: &logits, touched: &touched)
            var sum = base
            for item in touched {
                let prior = successors.prior[Int(item)]
                if wanted.contains(item) { sum += Platform.exp(Double(logits[Int(item)])) - Platform.exp(Double(prior)) }
                logits[Int(item)] = prior
            }
            return Float(sum * Platform.exp(-Double(logSum[user])))
        }
    }

    /// Items that have all the attributes.
    func items(with attributes: [(column: String, value: String)]) -> [Int32] {
        guard let features, !attributes.isEmpty else { return [] }
        var tokens: Set<Int32> = []
        for attribute in attributes {
            guard let token = features.tokens.index(of: Conditions.token(attribute.column.uppercased(), attribute.value)) else { return [] }
            tokens.insert(token)
        }
        return (0..<features.count).filter { tokens.isSubset(of: features.tokenOf[features.starts[$0]..<features.starts[$0 + 1]]) }
            .map(Int32.init)
    }
}
