/// One event of a user's history, in the model's numbering.
package struct HistoryEvent: Sendable, Equatable {
    package let item: Int32
    /// Seconds since 1970.
    package let time: Int64

    package init(item: Int32, time: Int64) {
        self.item = item
        self.time = time
    }
}

/// One line of an answer.
package struct Recommendation: Sendable, Equatable {
    package let item: Int32
    /// Probability over the whole catalogue, seven decimals; nil for recipes that do not score.
    package let score: Double?
}

/// One line of a ranking.
package struct RankedItem: Sendable, Equatable {
    package let itemId: String
    /// Probability over the ranked list, seven decimals; nil for an item that training has not seen.
    package let score: Double?
}

/// A solution version: everything that answers need, immutable. Runtime and batch ask the same functions.
package final class TrainedModel: Sendable {
    enum Family: Sendable {
        case successors(Successors)
        case neighbours(Neighbours)
        case popularity
    }

    package let recipe: Recipe
    /// Items by index; indices are in the order of the ids' bytes.
    package let items: IdMap
    let users: IdMap
    /// The newest events of each user at training, oldest first: `historyStarts[u]..<historyStarts[u + 1]`.
    let historyStarts: [Int]
    let historyItems: [Int32]
    let historyTimes: [Int64]
    let popularity: Popularity
    let ages: ItemAges
    let family: Family
    /// How many streamed events training has seen: later ones are for the caller to add to histories.
    package let streamedEvents: Int
    /// Hyperparameters as trained, sorted by name.
    package let hyperparameters: [(name: String, value: String)]
    private let exploredReference: Float

    init(
        recipe: Recipe,
        items: IdMap,
        users: IdMap,
        historyStarts: [Int],
        historyItems: [Int32],
        historyTimes: [Int64],
        popularity: Popularity,
        ages: ItemAges,
        family: Family,
        streamedEvents: Int,
        hyperparameters: [(name: String, value: String)]
    ) {
        self.recipe = recipe
        self.items = items
        self.users = users
        self.historyStarts = historyStarts
        self.historyItems = historyItems
        self.historyTimes = historyTimes
        self.popularity = popularity
        self.ages = ages
        self.family = family
        self.streamedEvents = streamedEvents
        self.hyperparameters = hyperparameters
        if case .successors(let model) = family, !popularity.order.isEmpty {
            exploredReference = model.prior[Int(popularity.order[popularity.order.count / 100])]
        } else {
            exploredReference = 0
        }
    }

    package var itemIds: [String] { (0..<Int32(items.count)).map { items[$0] } }

    /// How many of a user's newest events can matter; callers need keep no more.
    package var historyLimit: Int {
        if case .successors(let model) = family { model.settings.window } else { 0 }
    }

    /// Whether training saw anybody touch the item.
    package func isTrained(_ item: Int32) -> Bool { popularity.uniqueUsers[Int(item)] > 0 }

    package func isKnown(userId: String) -> Bool { users.index(of: userId) != nil }

    /// A user's events, oldest first: those kept at training and those streamed since, in the order of their times; of equal times the
    /// kept come first, then the streamed in the order given. Events on items that the model does not know are left out.
    package func history(of userId: String?, adding streamed: [(itemId: String, time: Int64)] = []) -> [HistoryEvent] {
        var events: [HistoryEvent] = []
        if let userId, let user = users.index(of: userId).map(Int.init) {
            for index in historyStarts[user]..<historyStarts[user + 1] {
                events.append(HistoryEvent(item: historyItems[index], time: historyTimes[index]))
            }
        }
        if streamed.isEmpty { return events }
        for event in streamed {
            if let item = items.index(of: event.itemId) { events.append(HistoryEvent(item: item, time: event.time)) }
        }
        // The standard sort is stable, but does not promise to be: the index says so.
        return events.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }.map(\.element)
    }

    /// One logit per item for that history (oldest first). Recipes without scores give none.
    package func score(_ history: [HistoryEvent], exploration: Exploration = .none, into logits: inout [Float]) {
        guard case .successors(let model) = family else {
            logits = []
            return
        }
        model.score(history.map(\.item), into: &logits)
        ages.explore(exploration, prior: model.prior, reference: exploredReference, users: popularity.uniqueUsers, into: &logits)
    }

    /// The best items for a history; for recipes that ignore users, the popular ones.
    /// - Parameter allow: items that may be answered; nil is all. Scores are not renormalised.
    package func recommend(_ history: [HistoryEvent], count: Int, exploration: Exploration = .none, allow: Bitset? = nil) -> [Recommendation] {
        guard case .successors(let model) = family else {
            return popularity.top(count, allow: allow).map { Recommendation(item: $0, score: nil) }
        }
        var logits: [Float] = []
        score(history, exploration: exploration, into: &logits)
        let scale = Softmax.scale(logits, temperature: model.settings.temperature)
        return TopK.select(logits, count, allow: allow).map {
            Recommendation(item: $0, score: Softmax.rounded(scale.probability(logits[Int($0)])))
        }
    }

    /// Items similar to one item (aws-sims), best first, then popular ones to fill the list; an unknown item gets popular ones.
    package func similar(to itemId: String, count: Int, allow: Bitset? = nil) -> [Recommendation] {
        let item = items.index(of: itemId)
        var answer: [Int32] = []
        if let item, case .neighbours(let model) = family {
            answer = Array(model.of(item).lazy.filter { allow?[Int($0)] ?? true }.prefix(count))
        }
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

    /// Ranks a list for a history: known items by score, then the others as they came. Of equal ids the first counts.
    package func rank(_ history: [HistoryEvent], _ itemIds: [String]) -> [RankedItem] {
        var seen: Set<String> = []
        let wanted = itemIds.filter { seen.insert($0).inserted }
        let found = wanted.map { id in items.index(of: id).flatMap { isTrained($0) ? $0 : nil } }
        let unknown = zip(wanted, found).filter { $0.1 == nil }.map { RankedItem(itemId: $0.0, score: nil) }
        guard case .successors(let model) = family else { return wanted.map { RankedItem(itemId: $0, score: nil) } }
        var logits: [Float] = []
        score(history, into: &logits)
        let known = found.compactMap(\.self)
        let listed = known.map { logits[Int($0)] }
        let scale = Softmax.scale(listed, temperature: model.settings.temperature)
        return TopK.select(listed, listed.count).map { place in
            RankedItem(itemId: items[known[Int(place)]], score: Softmax.rounded(scale.probability(listed[Int(place)])))
        } + unknown
    }
}
