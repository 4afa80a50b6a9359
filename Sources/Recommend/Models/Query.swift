/// One event of a user's history, in the model's numbering.
package struct HistoryEvent: Sendable, Equatable {
    package let item: Int32
    package let time: EpochSeconds
    /// The event's type as the model tells types apart; 0 is any other.
    package let type: UInt8

    package init(item: Int32, time: EpochSeconds, type: UInt8 = 0) {
        self.item = item
        self.time = time
        self.type = type
    }
}

/// What is asked for a user.
package struct Query: Sendable {
    package var userId: String?
    /// Oldest first: `TrainedModel.history(of:adding:)`.
    package var history: [HistoryEvent]
    /// Contextual field → value.
    package var context: [String: String]
    package var count: Int
    package var exploration: Exploration
    /// Items that may be answered, over the model's items; nil is all. Scores are not renormalised.
    package var allow: Bitset?

    package init(
        userId: String? = nil,
        history: [HistoryEvent] = [],
        context: [String: String] = [:],
        count: Int = 25,
        exploration: Exploration = .none,
        allow: Bitset? = nil
    ) {
        self.userId = userId
        self.history = history
        self.context = context
        self.count = count
        self.exploration = exploration
        self.allow = allow
    }
}

/// Why an item is in an answer (v2 recipes). `Promoted item` is the service's own.
package enum Reason: String, Sendable {
    case exploration = "Exploration"
    case popular = "Popular item"
}

/// One line of an answer.
package struct Recommendation: Sendable, Equatable {
    package let item: Int32
    /// Probability over the whole catalogue, seven decimals; nil for recipes that do not score.
    package let score: Double?
    package var reason: Reason?
}

/// One line of a ranking.
package struct RankedItem: Sendable, Equatable {
    package let itemId: String
    /// Probability over the ranked list, seven decimals; nil for an item that training has not seen.
    package let score: Double?
}
