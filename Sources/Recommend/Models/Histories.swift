/// The newest events of each user at training, oldest first.
struct Histories: Sendable {
    /// Those of user `u` are `starts[u]..<starts[u + 1]`.
    let starts: [Int]
    let items: [Int32]
    let times: [Int64]

    var userCount: Int { starts.count - 1 }

    init(starts: [Int], items: [Int32], times: [Int64]) {
        self.starts = starts
        self.items = items
        self.times = times
    }

    /// - Parameter limit: how many a user keeps; 0 keeps none.
    init(_ interactions: Interactions, limit: Int) {
        var starts = [0]
        var items: [Int32] = []
        var times: [Int64] = []
        for user in 0..<interactions.userCount {
            let newest = interactions.events(of: user).suffix(limit)
            items.append(contentsOf: interactions.itemOf[newest])
            times.append(contentsOf: interactions.timeOf[newest])
            starts.append(items.count)
        }
        self.init(starts: starts, items: items, times: times)
    }

    /// The same events of some users, numbered from 0.
    func part(_ users: Range<Int>) -> Histories {
        let events = starts[users.lowerBound]..<starts[users.upperBound]
        return Histories(
            starts: starts[users.lowerBound...users.upperBound].map { $0 - events.lowerBound },
            items: Array(items[events]),
            times: Array(times[events])
        )
    }

    func items(of user: Int) -> ArraySlice<Int32> { items[starts[user]..<starts[user + 1]] }
}
