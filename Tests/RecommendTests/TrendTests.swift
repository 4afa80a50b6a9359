import Testing

@testable import Recommend

/// How long an item trends.
struct TrendTests {
    private static let popularity = Popularity(uniqueUsers: [5, 1, 2, 3, 4, 9, 8, 7, 6])

    private static func growing(_ events: [(item: Int32, time: Int64)], at moment: Int64, interval: Int64 = 120) -> [Int32] {
        Trending(interval: interval, items: [], times: [], newest: 0).growing(at: moment, adding: events, popularity: popularity)
    }

    /// The rule written out: at the moment and at each sixth of an interval before it, over two intervals.
    private static func reference(_ events: [(item: Int32, time: Int64)], at moment: Int64, interval: Int64) -> [Int32] {
        let counted = events.filter { $0.time <= moment }
        if !counted.contains(where: { $0.time > moment - 2 * interval }) { return [] }
        func growth(_ item: Int32, _ end: Int64) -> Double {
            let new = Double(counted.count { $0.item == item && $0.time > end - interval && $0.time <= end })
            let old = Double(counted.count { $0.item == item && $0.time > end - 2 * interval && $0.time <= end - interval })
            return (new - old) / (new + old + 1).squareRoot()
        }
        let last = moment / (interval / 6) * (interval / 6)
        let ends = (0..<12).map { last - Int64($0) * interval / 6 }
        var list: [Int32] = []
        for evaluations in [[moment], Array(ends[..<6]), Array(ends[6...])] {
            let most = (0..<Int32(9)).map { item in evaluations.map { growth(item, $0) }.max() ?? 0 }
            list += (0..<Int32(9)).filter { most[Int($0)] > 0 && !list.contains($0) }.sorted {
                (most[Int($1)], popularity.uniqueUsers[Int($1)], $0) < (most[Int($0)], popularity.uniqueUsers[Int($0)], $1)
            }
        }
        return list
    }

    @Test func `lists are those of the reference, at every moment`() {
        var events: [(item: Int32, time: Int64)] = []
        for number in UInt64(0)..<200 { events.append((Int32(Mixing.mix(number) % 9), 1000 + Int64(Mixing.mix(number + 500) % 700))) }
        var different: Set<[Int32]> = []
        for moment in stride(from: Int64(900), to: 2200, by: 7) {
            let list = Self.growing(events, at: moment)
            #expect(list == Self.reference(events, at: moment, interval: 120), "\(moment)")
            different.insert(list)
        }
        #expect(different.count > 20 && different.contains([]))
    }

    @Test(arguments: [1800, 7200] as [Int64])
    func `a burst still trends an interval after its end, and is forgotten after two silent ones`(interval: Int64) {
        // Of one and a half intervals, as long as the waiting loop of a notebook, all items alike.
        let start: Int64 = 1_700_000_000
        let end = start + interval * 3 / 2
        let burst = stride(from: start, through: end, by: 60).flatMap { time in (1...3).map { (item: Int32($0), time: time + Int64($0)) } }
        for share in stride(from: Int64(0), through: 100, by: 10) {
            #expect(Set(Self.growing(burst, at: end + 3 + interval * share / 100, interval: interval)) == [1, 2, 3], "\(share) %")
        }
        // What grows now comes first, and the burst stays behind it.
        let stray = (item: Int32(7), time: end + interval / 2)
        let after = Self.growing(burst + [stray], at: end + interval * 3 / 4, interval: interval)
        #expect(after.first == 7 && Set(after.dropFirst()) == [1, 2, 3])
        let next = (0..<20).map { (item: Int32(8), time: end + interval + Int64($0)) }
        #expect(Self.growing(burst + next, at: end + interval + 30, interval: interval).first == 8)
        #expect(Self.growing(burst, at: end + 3 + 2 * interval, interval: interval) == [])
    }

    @Test func `training keeps as much as answers look back at`() {
        let events = (0..<400).map { Made.Event(user: "u\($0 % 30)", item: "i\($0 % 9)", time: Int64(10_000 + $0 * 3)) }
        let interactions = Made.interactions(events)
        let trained = Trending(interactions, users: Array(0..<interactions.userCount), interval: 120, newest: 11_197)
        let all = zip(interactions.itemOf, interactions.timeOf).map { (item: $0, time: $1) }
        #expect(trained.items.count < all.count)
        for moment in stride(from: Int64(11_197), to: 11_500, by: 11) {
            #expect(trained.growing(at: moment, adding: [], popularity: Self.popularity) == Self.growing(all, at: moment))
        }
    }
}
