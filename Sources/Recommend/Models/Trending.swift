/// Items whose interactions grow (recipe aws-trending-now), by two intervals that meet.
///
/// `growth_j = (new_j - old_j) / √(new_j + old_j + 1)`: the difference of two counts in units of its own standard deviation, so that neither
/// the big items nor the rare ones win by noise.
///
/// AWS evaluates once an interval, and a list stands until the next evaluation; without any interaction in the last two intervals only popular
/// items are answered (AWS, "Trending-Now recipe"). So an item trends from the event that makes it grow; when it grows no more it goes on for
/// an interval behind those that do, and for a second one behind those too.
struct Trending: Sendable {
    /// Seconds.
    let interval: Int64
    /// The newest interactions at training, those of `reach`, and their times.
    let items: [Int32]
    let times: [Int64]
    /// The time of the newest interaction at training.
    let newest: Int64

    /// So many evaluations an interval are looked back at, at times that are whole multiples of their distance: a list does not flicker
    /// with the moment of a query.
    private static let steps = 6

    init(interval: Int64, items: [Int32], times: [Int64], newest: Int64) {
        self.interval = interval
        self.items = items
        self.times = times
        self.newest = newest
    }

    /// How far back from a moment interactions can matter, in seconds: two intervals of evaluations, each of two intervals and a step.
    static func reach(_ interval: Int64) -> Int64 { 5 * interval }

    init(_ interactions: Interactions, users: [Int], interval: Int64, newest: Int64) {
        var events: [(time: Int64, item: Int32)] = []
        for user in users {
            for event in interactions.events(of: user) where interactions.timeOf[event] > newest - Self.reach(interval) {
                events.append((interactions.timeOf[event], interactions.itemOf[event]))
            }
        }
        events.sort { ($0.time, $0.item) < ($1.time, $1.item) }
        self.init(interval: interval, items: events.map(\.item), times: events.map(\.time), newest: newest)
    }

    /// Items that grow; then those that grew within the last interval, by the most they did; then those that did in the interval before;
    /// equal ones by popularity. Empty when the last two intervals are.
    func growing(at moment: Int64, adding streamed: [(item: Int32, time: Int64)], popularity: Popularity) -> [Int32] {
        var counts = Counts(moment: moment, interval: interval, itemCount: popularity.uniqueUsers.count)
        for (item, time) in zip(items, times) { counts.add(item, time) }
        for event in streamed { counts.add(event.item, event.time) }
        if counts.isSilent { return [] }
        let grown = counts.grown()
        return grown.sorted {
            ($0.intervals, -$0.growth, -popularity.uniqueUsers[Int($0.item)], $0.item)
                < ($1.intervals, -$1.growth, -popularity.uniqueUsers[Int($1.item)], $1.item)
        }.map(\.item)
    }

    /// Interactions by item and step of time, for the evaluations that are looked back at.
    private struct Counts {
        /// Steps in which interactions are told apart: evaluations of two intervals, the earliest of which looks back two more.
        private static let stepCount = 4 * Trending.steps

        private let moment: Int64
        private let interval: Int64
        private let step: Int64
        /// The last whole step that is not after the moment.
        private let last: Int64
        /// Item → position in `seen`, or -1.
        private var positionOf: [Int32]
        private var seen: [Int32] = []
        /// Per item seen: the interactions of the interval before the moment, of the one before that, and of each step before `last`.
        private var now: [(new: Double, old: Double)] = []
        private var steps: [Int32] = []
        private(set) var isSilent = true

        init(moment: Int64, interval: Int64, itemCount: Int) {
            self.moment = moment
            self.interval = interval
            step = max(1, interval / Int64(Trending.steps))
            // Rounded down for times before 1970 too.
            last = moment - ((moment % step) + step) % step
            positionOf = [Int32](repeating: -1, count: itemCount)
        }

        mutating func add(_ item: Int32, _ time: Int64) {
            let back = time > last ? -1 : (last - time) / step
            if time > moment || back >= Int64(Self.stepCount) { return }
            if positionOf[Int(item)] < 0 {
                positionOf[Int(item)] = Int32(seen.count)
                seen.append(item)
                now.append((0, 0))
                steps.append(contentsOf: repeatElement(0, count: Self.stepCount))
            }
            let position = Int(positionOf[Int(item)])
            if back >= 0 { steps[position * Self.stepCount + Int(back)] += 1 }
            if time <= moment - 2 * interval { return }
            isSilent = false
            if time > moment - interval { now[position].new += 1 } else { now[position].old += 1 }
        }

        /// Items that grew at some evaluation, and how many intervals ago at most: 0 is now.
        func grown() -> [(item: Int32, growth: Double, intervals: Int)] {
            seen.indices.compactMap { position in
                let counts = steps[position * Self.stepCount..<(position + 1) * Self.stepCount]
                /// The most an item grew at evaluations so many steps before the last.
                func most(_ evaluations: Range<Int>) -> Double {
                    evaluations.reduce(0) { most, back in
                        let start = counts.startIndex + back
                        let new = counts[start..<start + Trending.steps].reduce(0, +)
                        let old = counts[start + Trending.steps..<start + 2 * Trending.steps].reduce(0, +)
                        return max(most, Trending.growth(Double(new), Double(old)))
                    }
                }
                let growths = [
                    Trending.growth(now[position].new, now[position].old), most(0..<Trending.steps), most(Trending.steps..<2 * Trending.steps),
                ]
                return growths.firstIndex { $0 > 0 }.map { (seen[position], growths[$0], $0) }
            }
        }
    }

    private static func growth(_ new: Double, _ old: Double) -> Double { (new - old) / (new + old + 1).squareRoot() }

    /// The values of trend_discovery_frequency, in seconds.
    static func seconds(_ name: String) -> Int64? {
        switch name {
        case "30 minutes": 1800
        case "1 hour": 3600
        case "2 hours": 7200
        case "3 hours": 10_800
        case "1 day": 86_400
        default: nil
        }
    }
}
