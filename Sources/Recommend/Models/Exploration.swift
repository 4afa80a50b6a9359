/// How far a campaign of aws-user-personalization reaches for young items (itemExplorationConfig).
package struct Exploration: Sendable, Equatable {
    /// explorationWeight: 0 none, 1 treats a young item as if it were one of the popular ones.
    package let weight: Double
    /// explorationItemAgeCutOff: items at most so many days older than the newest interaction are young.
    package let ageCutOffDays: Double

    package init(weight: Double = 0.3, ageCutOffDays: Double = 30) {
        self.weight = weight
        self.ageCutOffDays = ageCutOffDays
    }

    package static let none = Exploration(weight: 0)
}

extension Recipe {
    /// What is explored when a campaign does not say how much; v2 recipes try out little. `TrainedModel.defaultExploration`
    /// knows what training fixed.
    package var defaultExploration: Exploration {
        switch self {
        case .userPersonalization: Exploration()
        case .userPersonalizationV2: Exploration(weight: 0.1)
        default: .none
        }
    }
}

extension TrainedModel {
    /// What is explored when a campaign does not say how much.
    package var defaultExploration: Exploration {
        guard recipe == .hrnnColdstart else { return recipe.defaultExploration }
        let days = hyperparameters.first { $0.name == "cold_start_max_duration" }.flatMap { Double($0.value) }
        return days.map { Exploration(ageCutOffDays: $0) } ?? .none
    }
}

/// When items came into the catalogue, and what exploring them is worth.
struct ItemAges: Sendable {
    /// Seconds since 1970: CREATION_TIMESTAMP, else the first interaction, else the newest interaction of all (the item is new).
    let created: [Int64]
    /// Items, youngest first.
    private let byAge: [Int32]
    /// The time of the newest interaction.
    let newest: Int64

    init(created: [Int64], newest: Int64) {
        self.created = created
        self.newest = newest
        byAge = (0..<Int32(created.count)).sorted { (created[Int($1)], $0) < (created[Int($0)], $1) }
    }

    /// - Parameter newest: the time of the newest interaction.
    init(_ interactions: Interactions, items: Table?, newest: Int64) {
        var created = [Int64](repeating: .max, count: interactions.itemCount)
        for event in 0..<interactions.eventCount {
            let item = Int(interactions.itemOf[event])
            created[item] = min(created[item], interactions.timeOf[event])
        }
        if let items, let ids = items.column("ITEM_ID"), let stamps = items.column("CREATION_TIMESTAMP"), stamps.spec.type == .long {
            for row in 0..<items.rowCount where !stamps.isNull(row) && ids.codes[row] >= 0 {
                guard let item = interactions.items.index(of: ids.dictionary[ids.codes[row]]) else { continue }
                created[Int(item)] = stamps.integers[row]
            }
        }
        // A stamp in the future, or none: as new as can be.
        self.init(created: created.map { min($0, newest) }, newest: newest)
    }

    /// Adds to each young item's logit a share of what it lacks to a popular one. The share shrinks as the item gathers users.
    /// - Parameters:
    ///   - reference: the logit that the prior gives to an item at the 99th percentile of popularity.
    ///   - scale: of the logits; nil afterwards when so many items are young that a pass over all is as good.
    func explore(
        _ exploration: Exploration,
        prior: [Float],
        reference: Float,
        users: [Int32],
        into logits: inout [Float],
        scale: inout Softmax.Scale?
    ) {
        guard exploration.weight > 0 else { return }
        let oldest = Double(newest) - exploration.ageCutOffDays * 86_400
        let young = byAge.prefix(while: { Double(created[Int($0)]) >= oldest })
        func lifted(_ item: Int32, _ logit: Float) -> Float {
            let lack = reference - prior[Int(item)]
            return lack <= 0 ? logit : logit + Float(exploration.weight) * lack * 10 / Float(10 + users[Int(item)])
        }
        guard var known = scale, young.count <= logits.count / 64 else {
            for item in young { logits[Int(item)] = lifted(item, logits[Int(item)]) }
            scale = nil
            return
        }
        var isKnown = true
        for item in young {
            let old = logits[Int(item)]
            logits[Int(item)] = lifted(item, old)
            if isKnown, logits[Int(item)] != old { isKnown = known.replace(old, with: logits[Int(item)]) }
        }
        scale = isKnown ? known : nil
    }

    /// Whether exploring lifts the item.
    func isExplored(_ item: Int32, _ exploration: Exploration, _ popularity: Popularity) -> Bool {
        Double(created[Int(item)]) >= Double(newest) - exploration.ageCutOffDays * 86_400
            && popularity.uniqueUsers[Int(item)] < popularity.uniqueUsers[Int(popularity.order[popularity.order.count / 100])]
    }

    /// These items and more, after them: as old as the Items dataset says, else as their first event, else new.
    func appending(_ added: Int, ids: IdMap, items: Table?, events: [StreamedEvent]) -> ItemAges {
        let newest = events.reduce(newest) { max($0, $1.timestamp.value) }
        var created = created + [Int64](repeating: .max, count: added)
        let first = created.count - added
        for event in events {
            guard let item = ids.index(of: event.itemId).map(Int.init), item >= first else { continue }
            created[item] = min(created[item], event.timestamp.value)
        }
        if let items, let column = items.column("ITEM_ID"), let stamps = items.column("CREATION_TIMESTAMP"), stamps.spec.type == .long {
            for row in 0..<items.rowCount where !stamps.isNull(row) && column.codes[row] >= 0 {
                guard let item = ids.index(of: column.dictionary[column.codes[row]]) else { continue }
                created[Int(item)] = stamps.integers[row]
            }
        }
        return ItemAges(created: created.map { min($0, newest) }, newest: newest)
    }
}
