/// Who is tested, and what of them is known, as AWS's page "Evaluating a solution version with metrics" describes the split.
struct Split {
    /// Users that the evaluated model learns from.
    let training: [Int]
    /// A tenth of the users with at least two events, chosen by a seeded hash of the user's id, so that neither the order of the
    /// input nor another user's presence moves a user between the parts more than it must.
    let test: [Int]

    init(_ interactions: Interactions, seed: UInt64, among users: [Int]? = nil) {
        let everybody = users ?? Array(0..<interactions.userCount)
        let eligible = everybody.filter { interactions.events(of: $0).count >= 2 }
        let ranked = eligible.map { (hash: Mixing.hash(interactions.users[Int32($0)], seed: seed), user: $0) }.sorted { $0 < $1 }
        let chosen = Set(ranked.prefix(max(1, (eligible.count + 5) / 10)).map(\.user))
        test = chosen.sorted()
        training = everybody.filter { !chosen.contains($0) }
    }

    /// Where the newest tenth of a user's events begins; at least one event is on each side.
    static func cut(_ events: Range<Int>) -> Int {
        events.lowerBound + max(1, events.count * 9 / 10)
    }
}
