/// Which users will touch an item, or any item with certain attributes: the successor model read along the user axis.
///
/// `P(j | u) = exp(logit_uj) / Z_u`. Z is a sum over the catalogue that only the items in a user's rows change, so it costs as much as the
/// rows are long.
struct Affinity: Sendable {
    let successors: TransitionModel
    /// log Z per user.
    let logSum: [Float]
    /// What the items are, for attributes.
    let features: Features?

    init(successors: TransitionModel, logSum: [Float], features: Features?) {
        self.successors = successors
        self.logSum = logSum
        self.features = features
    }

    /// - Returns: nil when `shouldContinue` said no; it is asked now and then with the share done.
    init?(_ successors: TransitionModel, histories: Histories, features: Features?, shouldContinue: (Double) -> Bool = { _ in true }) {
        let priors = successors.prior.map { Platform.exp(Double($0)) }
        let base = priors.reduce(0, +)
        let blocks = Self.eachUser(successors, histories, shouldContinue: shouldContinue) { _, logits -> Float in
            var sum = base
            for item in logits.touched { sum += Platform.exp(Double(logits.sums[Int(item)])) - priors[Int(item)] }
            return Float(Platform.log(max(sum, .leastNormalMagnitude)))
        }
        guard let blocks else { return nil }
        self.init(successors: successors, logSum: blocks.flatMap(\.self), features: features)
    }

    /// Users that one thread scores at a time.
    private static let block = 128

    /// What `make` says of each user, given the logits of the items that the user's history touches: one sparse scoring a user.
    private static func eachUser<Result: Sendable>(
        _ successors: TransitionModel,
        _ histories: Histories,
        shouldContinue: (Double) -> Bool = { _ in true },
        _ make: @Sendable (Int, SparseSums) -> Result
    ) -> [[Result]]? {
        Threads.parallelMap(histories.userCount, size: block, shouldContinue: shouldContinue) { users in
            var logits = SparseSums(successors.prior)
            return users.map { user in
                successors.scoreSparsely(histories.items(of: user), into: &logits)
                defer { logits.clear { successors.prior[Int($0)] } }
                return make(user, logits)
            }
        }
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
            successors.repeats.forEach(history) { past, logReturn in
                if past == item { logit += Float(successors.settings.repeatStrength) * (logReturn - successors.logProbability[Int(item)]) }
            }
            return logit - logSum[user]
        }
    }

    /// P(any of the items | user) of every user.
    func scores(_ items: [Int32], _ histories: Histories) -> [Float] {
        var scores = [Float](repeating: 0, count: histories.userCount)
        _ = forEachUser([items], histories) { user, sums in scores[user] = sums[0] }
        return scores
    }

    /// P(any item of a group | user), for every user and each of several groups: every user is scored once, however many groups there are.
    /// - Parameters:
    ///   - groups: of items, each item once a group.
    ///   - body: is called with each user in their order, on the calling thread, with one figure per group.
    /// - Returns: how many users were scored; nil when `shouldContinue` said no.
    func forEachUser(
        _ groups: [[Int32]],
        _ histories: Histories,
        shouldContinue: (Double) -> Bool = { _ in true },
        _ body: (Int, ArraySlice<Float>) -> Void
    ) -> Int? {
        let priors = successors.prior.map { Platform.exp(Double($0)) }
        let base = groups.map { group in group.reduce(0.0) { $0 + priors[Int($1)] } }
        let groupsOf = CompressedSparseRows(groups).transposed(columnCount: successors.itemCount).rows
        var scored = 0
        // Some thousand users at a time, so that their figures take little memory.
        let size = 4096
        for first in stride(from: 0, to: histories.userCount, by: size) {
            guard shouldContinue(Double(first) / Double(histories.userCount)) else { return nil }
            let part = histories.part(first..<min(first + size, histories.userCount))
            let figures = Self.eachUser(successors, part) { user, logits -> [Float] in
                var sums = base
                for item in logits.touched {
                    let groups = groupsOf[Int(item)]
                    if groups.isEmpty { continue }
                    let gained = Platform.exp(Double(logits.sums[Int(item)])) - priors[Int(item)]
                    for group in groups { sums[Int(group)] += gained }
                }
                let scale = Platform.exp(-Double(logSum[first + user]))
                return sums.map { Float($0 * scale) }
            }
            for figure in (figures ?? []).joined() {
                body(scored, figure[...])
                scored += 1
            }
        }
        return scored
    }

    /// Items that have all the attributes.
    func items(with attributes: [(column: String, value: String)]) -> [Int32] {
        guard let features, !attributes.isEmpty else { return [] }
        var tokens: Set<Int32> = []
        for attribute in attributes {
            guard let token = features.token(column: attribute.column, value: attribute.value) else { return [] }
            tokens.insert(token)
        }
        return (0..<features.count).filter { tokens.isSubset(of: features.rows[$0]) }
            .map(Int32.init)
    }
}
