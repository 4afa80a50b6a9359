/// How likely a user is to return to an item, by how often and how recently it was touched.
///
/// Pairs of an item with itself say little item by item and much taken together: a click is followed by a watch of the same film, then
/// the film is done with. So the diagonal of the successor counts is replaced by this small table, learnt from the same events.
struct Repeats: Sendable {
    /// Touches beyond this number in the window are not told apart.
    static let mostTouches = 3

    /// log of the chance that a coming event returns to an item with `n` touches in the window, the last of them k events back,
    /// at `(n - 1) * window + k`.
    let logChance: [Float]
    let window: Int

    init(logChance: [Float], window: Int) {
        precondition(logChance.count == Self.mostTouches * window, "a table of \(Self.mostTouches) × \(window)")
        self.logChance = logChance
        self.window = window
    }

    /// Chances = weighted hits ÷ weighted opportunities, both in whole numbers, smoothed towards one item in the catalogue.
    init(_ sequences: Sequences, gapWeights: [Int64], window: Int, smoothing: Double) {
        var hits = [Int64](repeating: 0, count: Self.mostTouches * window)
        var chances = hits
        let flat = sequences.flat
        // What the gaps up to g weigh together: the opportunities of an event with g events after it.
        let reach = gapWeights.reduce(into: [Int64(0)]) { $0.append($0[$0.count - 1] + $1) }
        var lastPlace = [Int](repeating: -1, count: sequences.itemCount)
        var previous = [Int32](repeating: -1, count: flat.count)
        var next = [Int32](repeating: -1, count: flat.count)
        var start = 0
        while start < flat.count {
            var end = start
            while flat[end] >= 0 {
                let item = Int(flat[end])
                if lastPlace[item] >= start {
                    previous[end] = Int32(lastPlace[item])
                    next[lastPlace[item]] = Int32(end)
                }
                lastPlace[item] = end
                end += 1
            }
            for place in start..<end {
                // While this touch is the last one of its item, each later moment is an opportunity to return.
                let until = min(next[place] < 0 ? end : Int(next[place]), place + window)
                for now in place..<until {
                    let state = Self.state(now, place, previous, start, window)
                    chances[state] += reach[min(end - 1 - now, gapWeights.count)]
                }
                // And this touch is a hit for each earlier moment within reach at which its item was in the window.
                guard previous[place] >= 0 else { continue }
                for (gap, weight) in gapWeights.enumerated() {
                    let now = place - 1 - gap
                    var last = Int(previous[place])
                    while last > now { last = Int(previous[last]) }
                    if last < start { break }
                    // Going back in time, the touch before this one may come into the window again.
                    if now - last >= window { continue }
                    hits[Self.state(now, last, previous, start, window)] += weight
                }
            }
            start = end + 1
        }
        let one = Double(gapWeights.first ?? 1)
        self.init(
            logChance: zip(hits, chances).map { hit, chance in
                let share = smoothing / Double(max(sequences.itemCount, 1))
                return Float(Platform.log((Double(hit) / one + share) / (Double(chance) / one + smoothing)))
            },
            window: window
        )
    }

    /// The row of the table for an item last touched at `last`, seen from `now`.
    private static func state(_ now: Int, _ last: Int, _ previous: [Int32], _ start: Int, _ window: Int) -> Int {
        var touches = 1
        var place = Int(previous[last])
        while place >= start, now - place < window, touches < mostTouches {
            touches += 1
            place = Int(previous[place])
        }
        return (touches - 1) * window + (now - last)
    }

    /// Calls `body` with each different item of the newest events and the log of the chance to return to it.
    /// - Parameter history: newest item last.
    func forEach(_ history: some BidirectionalCollection<Int32>, _ body: (Int32, Float) -> Void) {
        var states: [(item: Int32, touches: Int, back: Int)] = []
        for (back, item) in history.reversed().prefix(window).enumerated() {
            if let known = states.firstIndex(where: { $0.item == item }) {
                states[known].touches = min(states[known].touches + 1, Self.mostTouches)
            } else {
                states.append((item, 1, back))
            }
        }
        for state in states { body(state.item, logChance[(state.touches - 1) * window + state.back]) }
    }
}
