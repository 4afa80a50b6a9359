/// Everything that users did, as the engine sees it: per user one sequence, oldest first.
///
/// Users and items are numbered in the order of their ids' bytes, so nothing depends on the order of users in the input.
package struct Interactions: Sendable {
    package internal(set) var users: IdMap
    /// Items of the interactions and of the Items dataset.
    package internal(set) var items: IdMap
    package internal(set) var eventTypes: IdMap
    /// The events of user `u` are `starts[u]..<starts[u + 1]`.
    package internal(set) var starts: [Int]
    package internal(set) var itemOf: [Int32]
    /// Seconds since 1970.
    package internal(set) var timeOf: [Int64]
    /// Index in `eventTypes`, or -1.
    package internal(set) var typeOf: [Int32]
    /// Not-a-number where there is none.
    package internal(set) var valueOf: [Float]
    /// How much each event counts, 1 on average; empty when all count the same.
    package internal(set) var weightOf: [Float] = []
    /// Contextual fields: the categorical metadata columns of the interactions.
    package internal(set) var contexts: [ContextColumn] = []
    /// Event × item: what was shown and not chosen; no rows when nothing ever was.
    var shown = CompressedSparseRows()

    package var userCount: Int { users.count }
    package var itemCount: Int { items.count }
    package var eventCount: Int { itemOf.count }

    package func events(of user: Int) -> Range<Int> { starts[user]..<starts[user + 1] }

    package struct ContextColumn: Sendable {
        package let name: String
        package let values: IdMap
        /// Per event, -1 for none.
        package let codes: [Int32]
    }

    /// Events per item.
    var eventCounts: [Int] { itemOf.reduce(into: [Int](repeating: 0, count: itemCount)) { $0[Int($1)] += 1 } }

    /// Whether one of the users ever did two things at one time.
    func hasMoments(among users: [Int]) -> Bool {
        users.contains { user in
            let events = events(of: user)
            return zip(events, events.dropFirst()).contains { timeOf[$0] == timeOf[$1] }
        }
    }

    func weight(of event: Int) -> Float { weightOf.isEmpty ? 1 : weightOf[event] }

    func shown(at event: Int) -> ArraySlice<Int32> { shown.rowCount == 0 ? [] : shown[event] }

    /// The contextual fields of an event, as a query names them.
    func context(at event: Int) -> [String: String] {
        var context: [String: String] = [:]
        for column in contexts where column.codes[event] >= 0 { context[column.name] = column.values[column.codes[event]] }
        return context
    }

    /// How many different users touched each item.
    package func uniqueUsers(among chosen: some Sequence<Int>) -> [Int32] {
        var counts = [Int32](repeating: 0, count: itemCount)
        var lastUser = [Int32](repeating: -1, count: itemCount)
        for user in chosen {
            for event in events(of: user) {
                let item = Int(itemOf[event])
                if lastUser[item] != Int32(user) {
                    lastUser[item] = Int32(user)
                    counts[item] += 1
                }
            }
        }
        return counts
    }
}

/// An event that came through the events API rather than in bulk.
package struct StreamedEvent: Sendable, Equatable {
    package var userId: String
    package var itemId: String
    package var eventType: String?
    package var eventValue: Double?
    package var timestamp: EpochSeconds
    /// Whatever else tells two events apart, hashed; events equal in all fields count once.
    package var fingerprint: UInt64
    /// Contextual fields, as the schema names them.
    package var context: [String: String]
    /// The items that were shown when this one was chosen.
    package var impression: [String]

    package init(
        userId: String,
        itemId: String,
        eventType: String? = nil,
        eventValue: Double? = nil,
        timestamp: EpochSeconds,
        fingerprint: UInt64 = 0,
        context: [String: String] = [:],
        impression: [String] = []
    ) {
        self.userId = userId
        self.itemId = itemId
        self.eventType = eventType
        self.eventValue = eventValue
        self.timestamp = timestamp
        self.fingerprint = fingerprint
        self.context = context
        self.impression = impression
    }
}
