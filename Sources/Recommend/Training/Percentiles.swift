/// Who and what is learnt from, by percentile (featureTransformationParameters).
enum Percentiles {
    /// The value below which a share of the values lies, by nearest rank: 0 is the smallest, 1 the largest.
    static func value(_ share: Double, of sorted: [Int]) -> Int {
        guard let last = sorted.indices.last else { return 0 }
        return sorted[min(last, max(0, Int((share * Double(sorted.count)).rounded(.up)) - 1))]
    }

    /// The users whose histories are neither too short nor too long.
    static func users(_ interactions: Interactions, among users: [Int], least: Double, most: Double) -> [Int] {
        let lengths = users.map { interactions.events(of: $0).count }.sorted()
        let range = value(least, of: lengths)...max(value(least, of: lengths), value(most, of: lengths))
        return users.filter { range.contains(interactions.events(of: $0).count) }
    }

    /// For each item whether its percentile lies in the range; items without interactions do not.
    ///
    /// An item's percentile is the share of all interactions that fall on items with no more interactions than it has, so that the default
    /// 0.9 leaves out the few items that everybody touches, and not a tenth of the catalogue with most of what happens in it.
    static func items(_ interactions: Interactions, among users: [Int], least: Double, most: Double) -> Bitset {
        var counts = [Int](repeating: 0, count: interactions.itemCount)
        for user in users { for event in interactions.events(of: user) { counts[Int(interactions.itemOf[event])] += 1 } }
        let sorted = counts.filter { $0 > 0 }.sorted()
        let total = Double(sorted.reduce(0, +))
        func count(at share: Double) -> Int {
            var passed = 0
            return sorted.first { count in
                passed += count
                return Double(passed) >= share * total
            } ?? sorted.last ?? 0
        }
        let range = count(at: least)...max(count(at: least), count(at: most))
        var kept = Bitset(count: interactions.itemCount)
        for (item, count) in counts.enumerated() where count > 0 && range.contains(count) { kept[item] = true }
        return kept
    }
}
