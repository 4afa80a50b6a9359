extension TrainedModel {
    /// Why an item has the score that `recommend` gives it, or `rank` when a list is given.
    /// - Parameter list: the items that are ranked; the item is one of them.
    /// - Returns: nil for an item that the model does not know, or does not score in a ranking, and for families that do not score.
    package func explain(_ itemId: String, _ query: Query, among list: [String]? = nil) -> Explanation? {
        guard case .personal(let model) = family, let item = items.index(of: itemId).map(Int.init) else { return nil }
        let known = PersonalizedModel.Query(
            history: query.history,
            userId: query.userId,
            user: query.userId.flatMap { users.index(of: $0) }.map(Int.init),
            context: query.context
        )
        var logits: [Float] = []
        var lines = model.explain(known, item: item, into: &logits)
        let before = logits[item]
        // What is served is asked for as it is when it is served.
        var served: [Float] = []
        let scale = scaled(query, into: &served)
        let explored = Double(served[item] - before)
        if explored != 0 { lines.append(Explanation.Line(part: .exploration, event: nil, value: explored)) }
        let temperature = model.successors.settings.temperature
        let softmax: Softmax.Scale
        let rank: Int
        if let list {
            let ranked = Set(list.compactMap { items.index(of: $0) }.filter { isTrained($0) })
            guard ranked.contains(Int32(item)) else { return nil }
            let listed = ranked.sorted().map { served[Int($0)] }
            softmax = Softmax.scale(listed, temperature: temperature)
            rank = 1 + listed.count { $0 > served[item] }
        } else {
            softmax = scale ?? Softmax.scale(served, temperature: temperature)
            rank = 1 + served.indices.count { served[$0] > served[item] || served[$0] == served[item] && $0 < item }
        }
        lines = lines.map { Explanation.Line(part: $0.part, event: $0.event, value: $0.value / temperature) }
        let probability = softmax.probability(served[item])
        // Of the sum itself: a probability may be too small for a number, its logarithm is not.
        let normalization = -Double(softmax.peak) * softmax.inverseTemperature - Platform.log(softmax.sum)
        lines.append(Explanation.Line(part: .normalization, event: nil, value: normalization))
        let isScored = useCase == nil
        return Explanation(lines: lines, score: isScored ? Softmax.rounded(probability) : nil, probability: probability, rank: rank)
    }

    /// Why an action has the score that `recommendActions` gives it; the lines add up to its log odds.
    /// - Returns: nil for an action that the model does not know, and for other recipes.
    package func explain(action actionId: String, userId: String, adding fresh: [ActionEvent]) -> Explanation? {
        guard case .actions(let model) = family, let action = model.ids.index(of: actionId) else { return nil }
        return model.explain(Int(action), userId, adding: fresh)
    }
}

extension Actions {
    fileprivate func explain(_ action: Int, _ userId: String, adding fresh: [ActionEvent]) -> Explanation {
        let standing = standing(of: userId, adding: fresh)
        let scores = actions.indices.map { actions[$0].isScored ? model.probability(features($0, standing)) : 0 }
        var values: [Explanation.Part: Double] = [:]
        for (feature, value) in features(action, standing) {
            let part: Explanation.Part =
                switch feature {
                case 0, 1: .ownActions
                case 2, 3: .otherActions
                case Int32(Self.shared)..<Int32(Self.shared + actions.count): .prior
                default: .userMetadata
                }
            values[part, default: 0] += model.weights[Int(feature)] * value
        }
        let lines = [Explanation.Part.prior, .ownActions, .otherActions, .userMetadata].compactMap { part in
            values[part].map { Explanation.Line(part: part, event: nil, value: $0) }
        }
        return Explanation(
            lines: lines,
            score: actions[action].isScored ? Softmax.rounded(scores[action]) : nil,
            probability: scores[action],
            rank: 1 + scores.count { $0 > scores[action] }
        )
    }
}
