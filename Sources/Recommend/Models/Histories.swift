/// The newest events of each user at training, oldest first.
struct Histories: Sendable {
    /// Those of user `u` are `starts[u]..<starts[u + 1]`.
    let starts: [Int]
    let items: [Int32]
    let times: [Int64]
    /// The types of the events by code; empty when types are not told apart.
    let types: [UInt8]

    var userCount: Int { starts.count - 1 }

    init(starts: [Int], items: [Int32], times: [Int64], types: [UInt8] = []) {
        self.starts = starts
        self.items = items
        self.times = times
        self.types = types
    }

    /// - Parameters:
    ///   - limit: how many a user keeps; 0 keeps none.
    ///   - codes: of the event types by their number; empty does not tell them apart.
    init(_ interactions: Interactions, limit: Int, codes: [UInt8] = []) {
        var starts = [0]
        var items: [Int32] = []
        var times: [Int64] = []
        var types: [UInt8] = []
        for user in 0..<interactions.userCount {
            let newest = interactions.events(of: user).suffix(limit)
            items.append(contentsOf: interactions.itemOf[newest])
            times.append(contentsOf: interactions.timeOf[newest])
            if !codes.isEmpty { types.append(contentsOf: interactions.typeOf[newest].lazy.map { $0 < 0 ? 0 : codes[Int($0)] }) }
            starts.append(items.count)
        }
        self.init(starts: starts, items: items, times: times, types: types)
    }

    /// The same events of some users, numbered from 0.
    func part(_ users: Range<Int>) -> Histories {
        let events = starts[users.lowerBound]..<starts[users.upperBound]
        return Histories(
            starts: starts[users.lowerBound...users.upperBound].map { $0 - events.lowerBound },
            items: Array(items[events]),
            times: Array(times[events]),
            types: types.isEmpty ? [] : Array(types[events])
        )
    }

    func items(of user: Int) -> ArraySlice<Int32> { items[starts[user]..<starts[user + 1]] }
}
