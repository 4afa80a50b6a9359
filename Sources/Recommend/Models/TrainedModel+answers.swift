extension TrainedModel {
    /// The best items for a user; for recipes that ignore users, the popular ones.
    package func recommend(_ query: Query) -> [Recommendation] {
        guard case .personal(let model) = family else {
            return popularity.top(query.count, allow: query.allow).map { Recommendation(item: $0, score: nil) }
        }
        var logits: [Float] = []
        let known = scaled(query, into: &logits)
        let scale = known ?? Softmax.scale(logits, temperature: model.successors.settings.temperature)
        let isScored = useCase == nil
        return TopK.select(logits, query.count, allow: query.allow).map { item in
            let score = isScored ? Softmax.rounded(scale.probability(logits[Int(item)])) : nil
            let explains = recipe.givesReasons && query.exploration.weight > 0
            let isExplored = explains && ages.isExplored(item, query.exploration, popularity)
            return Recommendation(item: item, score: score, reason: isExplored ? .exploration : nil)
        }
    }

    package func recommend(_ history: [HistoryEvent], count: Int, exploration: Exploration = .none, allow: Bitset? = nil) -> [Recommendation] {
        recommend(Query(history: history, count: count, exploration: exploration, allow: allow))
    }

    /// Items by the number of different users, the most popular first.
    package func popular(_ count: Int, allow: Bitset? = nil) -> [Recommendation] {
        popularity.top(count, allow: allow).map { Recommendation(item: $0, score: nil, reason: recipe.givesReasons ? .popular : nil) }
    }

    /// Items similar to one item, best first, then popular ones to fill the list; an unknown item gets popular ones.
    package func similar(
        to itemId: String,
        count: Int,
        influence: RankingInfluence = .none,
        allow: Bitset? = nil
    ) -> [Recommendation] {
        let item = items.index(of: itemId)
        var answer: [Int32] = []
        if let item, case .neighbours(let model) = family {
            let wanted = influence == .none ? count : max(count, RankingInfluence.pool)
            let nearest = model.nearest(to: item, count: wanted, allow: allow)
            answer = Array(influence.ordered(nearest, users: popularity.uniqueUsers, created: ages.created).prefix(count))
        }
        return filled(answer, count, except: item, allow: allow)
    }

    /// What trends at a moment: counted anew from what training kept and what was streamed since, without training; then popular items to
    /// fill the list.
    /// - Parameters:
    ///   - moment: nil is the time of the newest interaction.
    ///   - streamed: interactions since training, or those of `trendReach` before the moment.
    package func trending(
        at moment: EpochSeconds? = nil,
        adding streamed: some Sequence<StreamedEvent>,
        count: Int,
        allow: Bitset? = nil
    ) -> [Recommendation] {
        guard case .trending(let model) = family else { return popular(count, allow: allow) }
        let fresh = streamed.filter { selection.weight(type: $0.eventType, value: $0.eventValue) != nil }
            .compactMap { event in items.index(of: event.itemId).map { (item: $0, time: event.timestamp.value) } }
        let now = moment?.value ?? fresh.reduce(model.newest) { max($0, $1.time) }
        let growing = model.growing(at: now, adding: fresh, popularity: popularity)
        return filled(Array(growing.lazy.filter { allow?[Int($0)] ?? true }.prefix(count)), count, allow: allow)
    }

    /// When trends are judged: now, if the data are alive, and else the time of the newest interaction, so that old data have trends too.
    /// - Parameter start: since when the model serves. Data are alive if any interaction is younger than two intervals before that.
    package func trendMoment(
        now: EpochSeconds,
        servingSince start: EpochSeconds,
        adding streamed: some Sequence<StreamedEvent>
    ) -> EpochSeconds? {
        guard case .trending(let model) = family else { return nil }
        let newest = streamed.reduce(EpochSeconds(model.newest)) { $1.timestamp > now ? $0 : max($0, $1.timestamp) }
        return newest.value > start.value - 2 * model.interval ? now : newest
    }

    /// How far back from a moment interactions can matter for trends, in seconds; nil for other recipes.
    package var trendReach: Int64? { if case .trending(let model) = family { Trending.reach(model.interval) } else { nil } }

    private func filled(_ found: [Int32], _ count: Int, except item: Int32? = nil, allow: Bitset?) -> [Recommendation] {
        var answer = found
        if answer.count < count {
            var taken = Set(answer)
            if let item { taken.insert(item) }
            for popular in popularity.order where !taken.contains(popular) && allow?[Int(popular)] ?? true {
                if answer.count == count { break }
                answer.append(popular)
            }
        }
        return answer.map { Recommendation(item: $0, score: nil) }
    }

    /// Ranks a list for a user: known items by score, then the others as they came. Of equal ids the first counts.
    package func rank(_ query: Query, _ itemIds: [String]) -> [RankedItem] {
        var seen: Set<String> = []
        let wanted = itemIds.filter { seen.insert($0).inserted }
        let found = wanted.map { id in items.index(of: id).flatMap { isTrained($0) ? $0 : nil } }
        let unknown = zip(wanted, found).filter { $0.1 == nil }.map { RankedItem(itemId: $0.0, score: nil) }
        guard case .personal(let model) = family else { return wanted.map { RankedItem(itemId: $0, score: nil) } }
        var logits: [Float] = []
        score(query, into: &logits)
        let known = found.compactMap(\.self)
        let listed = known.map { logits[Int($0)] }
        let scale = Softmax.scale(listed, temperature: model.successors.settings.temperature)
        return TopK.select(listed, listed.count).map { index in
            RankedItem(itemId: items[known[Int(index)]], score: Softmax.rounded(scale.probability(listed[Int(index)])))
        } + unknown
    }

    package func rank(_ history: [HistoryEvent], _ itemIds: [String]) -> [RankedItem] { rank(Query(history: history), itemIds) }

    /// The users likeliest to touch an item (aws-item-affinity), best first; nil when training has not seen the item.
    /// - Parameter allow: users that may be answered, over `userIds`.
    package func users(forItem itemId: String, count: Int, allow: Bitset? = nil) -> [String]? {
        guard case .affinity(let model) = family, let item = items.index(of: itemId), isTrained(item) else { return nil }
        return TopK.select(model.scores(item, histories), count, allow: allow).map { users[$0] }
    }

    /// The users likeliest to touch any item that has all of the attributes (aws-item-attribute-affinity), best first; nil when no item has.
    package func users(forAttributes attributes: [(column: String, value: String)], count: Int, allow: Bitset? = nil) -> [String]? {
        guard case .affinity(let model) = family else { return nil }
        let wanted = model.items(with: attributes)
        if wanted.isEmpty { return nil }
        return TopK.select(model.scores(wanted, histories), count, allow: allow).map { users[$0] }
    }

    /// The actions that a user most likely takes (aws-next-best-action).
    /// - Parameters:
    ///   - fresh: the user's action events since training.
    ///   - now: expired actions, and those that may not be repeated yet, are left out.
    ///   - allow: actions that may be answered, over `actionIds`.
    package func recommendActions(
        userId: String,
        adding fresh: [ActionEvent] = [],
        now: EpochSeconds,
        count: Int = 5,
        allow: Bitset? = nil
    ) -> [RecommendedAction] {
        guard case .actions(let model) = family else { return [] }
        return model.recommend(userId, adding: fresh, now: now, count: count, allow: allow)
    }
}
