/// A solution version: everything that answers need, immutable. Runtime and batch ask the same functions.
package final class TrainedModel: Sendable {
    enum Family: Sendable {
        case personal(PersonalizedModel)
        case neighbours(Neighbours)
        case popularity
        case trending(Trending)
        case affinity(Affinity)
        case actions(Actions)
    }

    package let recipe: Recipe
    package let useCase: UseCase?
    /// Items by index; those of training in the order of the ids' bytes, then those that a refresh has added.
    package let items: IdMap
    /// How many of `items` training knew.
    package let trainedItemCount: Int
    let users: IdMap
    let histories: Histories
    let popularity: Popularity
    let ages: ItemAges
    /// What items are by their metadata, for recipes that learn from it.
    let features: Features?
    let family: Family
    /// Which events training counted; later ones of other kinds change nothing either.
    package let selection: Interactions.Selection
    /// How many streamed events training has seen: later ones are for the caller to add to histories.
    package let streamedEvents: Int
    /// Hyperparameters as trained, sorted by name.
    package let hyperparameters: [(name: String, value: String)]
    private let exploredReference: Float

    /// What all families share.
    struct Parts {
        var recipe: Recipe
        var useCase: UseCase?
        var items: IdMap
        var trainedItemCount: Int
        var users: IdMap
        var histories: Histories
        var popularity: Popularity
        var ages: ItemAges
        var features: Features?
        var selection = Interactions.Selection()
        var streamedEvents: Int
        var hyperparameters: [(name: String, value: String)]
    }

    init(_ parts: Parts, _ family: Family) {
        recipe = parts.recipe
        useCase = parts.useCase
        items = parts.items
        trainedItemCount = parts.trainedItemCount
        users = parts.users
        histories = parts.histories
        popularity = parts.popularity
        ages = parts.ages
        features = parts.features
        selection = parts.selection
        streamedEvents = parts.streamedEvents
        hyperparameters = parts.hyperparameters
        self.family = family
        if case .personal(let model) = family, !popularity.order.isEmpty {
            exploredReference = model.prior[Int(popularity.order[popularity.order.count / 100])]
        } else {
            exploredReference = 0
        }
    }

    var parts: Parts {
        Parts(
            recipe: recipe,
            useCase: useCase,
            items: items,
            trainedItemCount: trainedItemCount,
            users: users,
            histories: histories,
            popularity: popularity,
            ages: ages,
            features: features,
            selection: selection,
            streamedEvents: streamedEvents,
            hyperparameters: hyperparameters
        )
    }

    package var itemIds: [String] { (0..<Int32(items.count)).map { items[$0] } }
    package var userIds: IdMap { users }
    /// Actions by index; empty for recipes without actions.
    package var actionIds: IdMap { if case .actions(let model) = family { model.ids } else { IdMap() } }

    /// How many of a user's newest events can matter; callers need keep no more.
    package var historyLimit: Int {
        guard case .personal(let model) = family else { return 0 }
        return max(model.successors.settings.window, model.returns == nil ? 0 : Returns.window)
    }

    /// Whether training saw anybody touch the item.
    package func isTrained(_ item: Int32) -> Bool { Int(item) < trainedItemCount && popularity.uniqueUsers[Int(item)] > 0 }

    /// How much of an answer the trained model gives beside the counting one; nil for families without one.
    package var trainedShare: Float? { if case .personal(let model) = family { model.trained?.share ?? 0 } else { nil } }

    package func isKnown(userId: String) -> Bool { users.index(of: userId) != nil }

    /// A user's events, oldest first: those kept at training and those streamed since, in the order of their times; of equal times the
    /// kept come first, then the streamed in the order given. Events on items that the model does not know are left out.
    package func history(of userId: String?, adding streamed: [(itemId: String, time: EpochSeconds)] = []) -> [HistoryEvent] {
        history(of: userId, streamed.compactMap { event in items.index(of: event.itemId).map { HistoryEvent(item: $0, time: event.time) } })
    }

    /// The same, from events as they came: those that training would not have counted are left out.
    package func history(of userId: String?, adding streamed: [StreamedEvent]) -> [HistoryEvent] {
        let types = eventTypes
        let counted = streamed.filter { selection.weight(type: $0.eventType, value: $0.eventValue) != nil }
        return history(
            of: userId,
            counted.compactMap { event in
                items.index(of: event.itemId).map { HistoryEvent(item: $0, time: event.timestamp, type: Returns.code(of: event.eventType, types)) }
            }
        )
    }

    private func history(of userId: String?, _ fresh: [HistoryEvent]) -> [HistoryEvent] {
        var events: [HistoryEvent] = []
        if let userId, let user = users.index(of: userId).map(Int.init) {
            for index in histories.events.entries(of: user) {
                let type = histories.types.isEmpty ? 0 : histories.types[index]
                events.append(HistoryEvent(item: histories.events.columns[index], time: EpochSeconds(histories.times[index]), type: type))
            }
        }
        if fresh.isEmpty { return events }
        events.append(contentsOf: fresh)
        // The standard sort is stable, but does not promise to be: the index says so.
        return events.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }.map(\.element)
    }

    /// The event types that the model tells apart, in lower case.
    package var eventTypes: [String] { if case .personal(let model) = family { model.returns?.learnt.types ?? [] } else { [] } }

    /// One logit per item. Recipes without scores give none.
    package func score(_ query: Query, into logits: inout [Float]) { _ = scaled(query, into: &logits) }

    /// The same.
    /// - Returns: the softmax of the logits where it is known without another pass over them.
    func scaled(_ query: Query, into logits: inout [Float]) -> Softmax.Scale? {
        guard case .personal(let model) = family else {
            logits = []
            return nil
        }
        let known = PersonalizedModel.Query(
            history: query.history,
            userId: query.userId,
            user: query.userId.flatMap { users.index(of: $0) }.map(Int.init),
            context: query.context
        )
        var scale = model.score(known, into: &logits)
        ages.explore(
            query.exploration,
            prior: model.prior,
            reference: exploredReference,
            users: popularity.uniqueUsers,
            into: &logits,
            scale: &scale
        )
        return scale
    }
}
