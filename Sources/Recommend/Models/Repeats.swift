/// How likely a user is to return to an item, by how often and how recently it was touched.
///
/// Pairs of an item with itself say little item by item and much taken together: a click is followed by a watch of the same film, then
/// the film is done with. So the diagonal of the successor counts is replaced by this small table, learnt from the same events.
struct Repeats: Sendable {
    /// Touches beyond this number in the window are not told apart.
    static let mostTouches = 3

    /// log of the probability that a coming event returns to an item with `n` touches in the window, the last of them k events back,
    /// at `(n - 1) * window + k`.
    let logProbability: [Float]
    let window: Int

    init(logProbability: [Float], window: Int) {
        precondition(logProbability.count == Self.mostTouches * window, "a table of \(Self.mostTouches) × \(window)")
        self.logProbability = logProbability
        self.window = window
    }

    /// Probabilities = weighted hits ÷ weighted opportunities, both in whole numbers, smoothed towards one item in the catalogue.
    init(_ sequences: Sequences, gapWeights: [Int64], window: Int, smoothing: Double) {
        var hits = [Int64](repeating: 0, count: Self.mostTouches * window)
        var opportunities = hits
        let flat = sequences.flat
        // What the gaps up to g weigh together: the opportunities of an event with g events after it.
        let reach = gapWeights.reduce(into: [Int64(0)]) { $0.append($0[$0.count - 1] + $1) }
        var lastPosition = [Int](repeating: -1, count: sequences.itemCount)
        var previous = [Int32](repeating: -1, count: flat.count)
        var next = [Int32](repeating: -1, count: flat.count)
        var start = 0
        while start < flat.count {
            var end = start
            while flat[end] >= 0 {
                let item = Int(flat[end])
                if lastPosition[item] >= start {
                    previous[end] = Int32(lastPosition[item])
                    next[lastPosition[item]] = Int32(end)
                }
                lastPosition[item] = end
                end += 1
            }
            for position in start..<end {
                // While this touch is the last one of its item, each later moment is an opportunity to return.
                let until = min(next[position] < 0 ? end : Int(next[position]), position + window)
                for now in position..<until {
                    let state = Self.state(at: now, last: position, previous: previous, start: start, window: window)
                    opportunities[state] += reach[min(end - 1 - now, gapWeights.count)]
                }
                // And this touch is a hit for each earlier moment within reach at which its item was in the window.
                guard previous[position] >= 0 else { continue }
                for (gap, weight) in gapWeights.enumerated() {
                    let now = position - 1 - gap
                    var last = Int(previous[position])
                    while last > now { last = Int(previous[last]) }
                    if last < start { break }
                    // Going back in time, the touch before this one may come into the window again.
                    if now - last >= window { continue }
                    hits[Self.state(at: now, last: last, previous: previous, start: start, window: window)] += weight
                }
            }
            start = end + 1
        }
        let one = Double(gapWeights.first ?? 1)
        self.init(
            logProbability: zip(hits, opportunities).map { hits, opportunities in
                let share = smoothing / Double(max(sequences.itemCount, 1))
                return Float(Platform.log((Double(hits) / one + share) / (Double(opportunities) / one + smoothing)))
            },
            window: window
        )
    }

    /// The index in the table for an item last touched at `last`, seen from `now`.
    /// - Parameters:
    ///   - previous: per position that of the touch before of the same item.
    ///   - start: the position of the user's first event.
    private static func state(at now: Int, last: Int, previous: [Int32], start: Int, window: Int) -> Int {
        var touches = 1
        var position = Int(previous[last])
        while position >= start, now - position < window, touches < mostTouches {
            touches += 1
            position = Int(previous[position])
        }
        return (touches - 1) * window + (now - last)
    }

    /// Calls `body` with each different item of the newest events and the log of the probability to return to it.
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
        for state in states { body(state.item, logProbability[(state.touches - 1) * window + state.back]) }
    }
}
