/// Items whose interactions grow (recipe aws-trending-now), by the last two intervals before a moment.
///
/// `growth_j = (new_j - old_j) / √(new_j + old_j + 1)`: the difference of two counts in units of its own chance deviation, so that neither
/// the big items nor the rare ones win by noise.
struct Trending: Sendable {
    /// Seconds.
    let interval: Int64
    /// The newest interactions at training, two intervals of them, and their times.
    let items: [Int32]
    let times: [Int64]
    /// The time of the newest interaction at training.
    let newest: Int64

    init(interval: Int64, items: [Int32], times: [Int64], newest: Int64) {
        self.interval = interval
        self.items = items
        self.times = times
        self.newest = newest
    }

    init(_ interactions: Interactions, users: [Int], interval: Int64, newest: Int64) {
        var events: [(time: Int64, item: Int32)] = []
        for user in users {
            for event in interactions.events(of: user) where interactions.timeOf[event] > newest - 2 * interval {
                events.append((interactions.timeOf[event], interactions.itemOf[event]))
            }
        }
        events.sort { ($0.time, $0.item) < ($1.time, $1.item) }
        self.init(interval: interval, items: events.map(\.item), times: events.map(\.time), newest: newest)
    }

    /// Items that grow, the fastest first; equal ones by popularity. Empty when both intervals are.
    func growing(at moment: Int64, adding streamed: [(item: Int32, time: Int64)], popularity: Popularity) -> [Int32] {
        let growth = growth(at: moment, adding: streamed, itemCount: popularity.uniqueUsers.count)
        let grown = growth.indices.filter { growth[$0] > 0 }
        return grown.map(Int32.init).sorted {
            (growth[Int($1)], popularity.uniqueUsers[Int($1)], $0) < (growth[Int($0)], popularity.uniqueUsers[Int($0)], $1)
        }
    }

    func growth(at moment: Int64, adding streamed: [(item: Int32, time: Int64)] = [], itemCount: Int) -> [Double] {
        var new = [Double](repeating: 0, count: itemCount)
        var old = new
        func count(_ item: Int32, _ time: Int64) {
            if time > moment || time <= moment - 2 * interval { return }
            if time > moment - interval { new[Int(item)] += 1 } else { old[Int(item)] += 1 }
        }
        for (item, time) in zip(items, times) { count(item, time) }
        for event in streamed { count(event.item, event.time) }
        return zip(new, old).map { ($0 - $1) / ($0 + $1 + 1).squareRoot() }
    }

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
