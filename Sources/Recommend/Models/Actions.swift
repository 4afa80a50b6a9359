/// How likely a user takes each action (recipe aws-next-best-action): a logistic model on what the user did with this and other actions
/// before, and on user metadata, with a part of its own for each action.
struct Actions: Sendable {
    /// An action without so many events of both kinds in the weeks before is not scored (AWS's page "Next-Best-Action recipe").
    static let leastEvents = 50
    static let scoredSpan: Int64 = 42 * 86_400

    /// What the Actions dataset says of an action.
    struct Action: Sendable, Equatable {
        /// 1 to 10; 0 for none.
        var value = 0.0
        /// Seconds since 1970; nil for never.
        var expires: Int64?
        /// Days before it may be proposed again to one who took it; nil for at once.
        var repeatDays: Int64?
        /// Whether enough is known to score it.
        var isScored = false
    }

    let ids: IdMap
    let actions: [Action]
    let model: Logistic
    /// Users with a row in the Users dataset; their tokens are the rows of `features`.
    let described: IdMap
    let features: Features
    /// Per user and action, as the model was trained: `pairs` → counts.
    let users: IdMap
    let record: [Record]

    /// What a user did with an action.
    struct Record: Sendable, Equatable {
        var user: Int32
        var action: Int32
        var taken: Int32
        var passed: Int32
        /// When it was last taken; Int64.min for never.
        var lastTaken: Int64
    }

    static let shared = 4

    /// The features of one query: shared habits, the action itself, the action with each of the user's classes.
    static func features(
        action: Int32,
        actions: Int,
        own: (taken: Int32, passed: Int32),
        all: (taken: Int32, passed: Int32),
        tokens: [(token: Int32, weight: Float)]
    ) -> [(feature: Int32, value: Double)] {
        var features: [(feature: Int32, value: Double)] = [
            (0, Platform.log(1 + Double(own.taken))),
            (1, Platform.log(1 + Double(own.passed))),
            (2, Platform.log(1 + Double(all.taken - own.taken))),
            (3, Platform.log(1 + Double(all.passed - own.passed))),
            (Int32(shared) + action, 1),
        ]
        for (token, weight) in tokens { features.append((Int32(shared + actions) + token * Int32(actions) + action, Double(weight))) }
        return features
    }

    func tokens(of userId: String) -> [(token: Int32, weight: Float)] { described.index(of: userId).map { features.vector(Int($0)) } ?? [] }
}

/// One line of an answer about actions.
package struct RecommendedAction: Sendable, Equatable {
    package let actionId: String
    /// The probability that the user takes it, seven decimals; 0 for an action of which too little is known.
    package let score: Double
}

extension Actions {
    /// - Parameters:
    ///   - fresh: the user's action events since training, in any order.
    ///   - now: for what has expired or was taken lately.
    ///   - allow: over `ids`.
    func recommend(_ userId: String, adding fresh: [ActionEvent], now: EpochSeconds, count: Int, allow: Bitset?) -> [RecommendedAction] {
        let standing = standing(of: userId, adding: fresh)
        var lines: [(score: Double, value: Double, action: Int32)] = []
        for (index, action) in actions.enumerated() {
            if let allow, !allow[index] { continue }
            if let expires = action.expires, expires <= now.value { continue }
            let last = standing.own[index].lastTaken
            if let days = action.repeatDays, last != .min, now.value - last < days * 86_400 { continue }
            let probability = action.isScored ? model.probability(features(index, standing)) : 0
            lines.append((probability, action.value, Int32(index)))
        }
        lines.sort { ($1.score, $1.value, $0.action) < ($0.score, $0.value, $1.action) }
        return lines.prefix(count).map { RecommendedAction(actionId: ids[$0.action], score: Softmax.rounded($0.score)) }
    }

    /// What is known of a user: what the user did with each action, at training and since, with all of them, and the user's metadata.
    struct Standing {
        var own: [(taken: Int32, passed: Int32, lastTaken: Int64)]
        var all: (taken: Int32, passed: Int32)
        var tokens: [(token: Int32, weight: Float)]
    }

    func standing(of userId: String, adding fresh: [ActionEvent]) -> Standing {
        var own = [(taken: Int32, passed: Int32, lastTaken: Int64)](repeating: (0, 0, .min), count: ids.count)
        if let user = users.index(of: userId) {
            for entry in records(of: user) { own[Int(entry.action)] = (entry.taken, entry.passed, entry.lastTaken) }
        }
        for event in fresh {
            guard let action = ids.index(of: event.actionId).map(Int.init) else { continue }
            if event.outcome == .taken {
                own[action].taken += 1
                own[action].lastTaken = max(own[action].lastTaken, event.timestamp.value)
            } else {
                own[action].passed += 1
            }
        }
        let all = own.reduce((taken: Int32(0), passed: Int32(0))) { ($0.taken + $1.taken, $0.passed + $1.passed) }
        return Standing(own: own, all: all, tokens: tokens(of: userId))
    }

    func features(_ action: Int, _ standing: Standing) -> [(feature: Int32, value: Double)] {
        let own = standing.own[action]
        return Self.features(
            action: Int32(action),
            actions: ids.count,
            own: (own.taken, own.passed),
            all: standing.all,
            tokens: standing.tokens
        )
    }

    /// Records are sorted by user.
    private func records(of user: Int32) -> ArraySlice<Record> {
        let first = firstRecord { $0.user >= user }
        let last = firstRecord { $0.user > user }
        return record[first..<last]
    }

    private func firstRecord(_ isBeyond: (Record) -> Bool) -> Int {
        var low = 0
        var high = record.count
        while low < high {
            let middle = (low + high) / 2
            if isBeyond(record[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
