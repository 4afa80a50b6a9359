/// Items that a user was shown and did not choose.
struct Impressions: Sendable {
    /// The items of user `u` are `starts[u]..<starts[u + 1]`.
    let starts: [Int]
    let items: [Int32]
    /// How many times shown.
    let times: [Int32]

    init(starts: [Int], items: [Int32], times: [Int32]) {
        self.starts = starts
        self.items = items
        self.times = times
    }

    /// An item that the user touches at the event or later was chosen after all. nil when nothing was ever shown.
    init?(_ interactions: Interactions, users: [Int]) {
        guard !interactions.shownItems.isEmpty else { return nil }
        var starts = [0]
        var items: [Int32] = []
        var times: [Int32] = []
        for user in users {
            var passed: [Int32: Int32] = [:]
            for event in interactions.events(of: user) {
                for item in interactions.shown(at: event) { passed[item, default: 0] += 1 }
                passed[interactions.itemOf[event]] = nil
            }
            for (item, count) in passed.sorted(by: { $0.key < $1.key }) {
                items.append(item)
                times.append(count)
            }
            starts.append(items.count)
        }
        self.init(starts: starts, items: items, times: times)
    }

    /// Shown n times in vain: the odds are divided by 1 + n.
    func subtract(user: Int, from logits: inout [Float]) {
        for index in starts[user]..<starts[user + 1] { logits[Int(items[index])] -= Float(Platform.log(1 + Double(times[index]))) }
    }
}
