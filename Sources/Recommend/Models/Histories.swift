/// The newest events of each user at training, oldest first.
struct Histories: Sendable {
    /// User × item: one entry per event.
    let events: CompressedSparseRows
    /// Seconds since 1970, per event.
    let times: [Int64]
    /// The types of the events by code; empty when types are not told apart.
    let types: [UInt8]

    var userCount: Int { events.rowCount }

    init(events: CompressedSparseRows, times: [Int64], types: [UInt8] = []) {
        self.events = events
        self.times = times
        self.types = types
    }

    /// - Parameters:
    ///   - limit: how many a user keeps; 0 keeps none.
    ///   - codes: of the event types by their number; empty does not tell them apart.
    init(_ interactions: Interactions, limit: Int, codes: [UInt8] = []) {
        var events = CompressedSparseRows()
        var times: [Int64] = []
        var types: [UInt8] = []
        for user in 0..<interactions.userCount {
            let newest = interactions.events(of: user).suffix(limit)
            events.append(interactions.itemOf[newest])
            times.append(contentsOf: interactions.timeOf[newest])
            if !codes.isEmpty { types.append(contentsOf: interactions.typeOf[newest].lazy.map { $0 < 0 ? 0 : codes[Int($0)] }) }
        }
        self.init(events: events, times: times, types: types)
    }

    /// The same events of some users, numbered from 0.
    func part(_ users: Range<Int>) -> Histories {
        let own = events.offsets[users.lowerBound]..<events.offsets[users.upperBound]
        return Histories(
            events: CompressedSparseRows(users.lazy.map { events[$0] }),
            times: Array(times[own]),
            types: types.isEmpty ? [] : Array(types[own])
        )
    }

    func items(of user: Int) -> ArraySlice<Int32> { events[user] }
}
