import Kernels

/// Counts, item by item, the users that it shares with every other.
struct CoOccurrence: Sendable {
    private let settings: NeighbourSettings
    private let compared: Bitset?
    private let itemCount: Int
    /// User × item, in the order of first touch.
    private let profiles: CompressedSparseRows
    /// Item × entry of `profiles`.
    private let places: CompressedSparseRows
    /// Per entry of `places`, whose profile it is.
    private let userOf: [Int32]
    /// What a pair adds by distance: its weight in whole numbers of 2^-16, so that sums do not depend on the order of users, and above it one user.
    private let steps: [Int64]
    private let scales: [Double]

    /// A counter holds the weight of its pairs in the lower bits, where 16 million pairs fit, and their number above.
    private static let userBits = 40

    init(profiles: [[Int32]], itemCount: Int, settings: NeighbourSettings, compared: Bitset?) {
        self.settings = settings
        self.compared = compared
        self.itemCount = itemCount
        self.profiles = CompressedSparseRows(profiles)
        let places = CompressedSparseRows(positionsOf: self.profiles.columns, count: itemCount)
        self.places = places
        let users = self.profiles.rowOfEntry
        userOf = places.columns.map { users[Int($0)] }
        precondition((0..<itemCount).allSatisfy { places.entries(of: $0).count < 1 << 23 }, "more than eight million users of one item")
        let longest = profiles.reduce(1) { max($0, $1.count) }
        steps = (0..<longest).map { distance in
            let near = settings.nearness == 0 ? 1 : Platform.exp(-Double(max(distance - 1, 0)) / settings.nearness)
            return Int64((65536 * (settings.lasting + (1 - settings.lasting) * near)).rounded()) + 1 << Self.userBits
        }
        scales = (0..<itemCount).map {
            Platform.pow(Double(places.entries(of: $0).count) + settings.shrinkage, -settings.popularityDiscount) / 256
        }
    }

    /// Some rows: of each the items that have a similarity, best first, with it, and those that come after them.
    struct Rows: Sendable {
        fileprivate(set) var similar = CompressedSparseRows()
        fileprivate(set) var cosines: [Float] = []
        fileprivate(set) var others = CompressedSparseRows()
    }

    /// The rows of some items, with one dense array of counters.
    /// - Parameter withCosines: whether the similarities are wanted, or only the order that they give.
    func rows(_ items: Range<Int>, withCosines: Bool) -> Rows {
        var result = Rows()
        var counters = [Int64](repeating: 0, count: itemCount)
        // One more than there are items: the kernel writes before it knows whether it keeps.
        var touched = [Int32](repeating: 0, count: itemCount + 1)
        var cosines = [Float](repeating: 0, count: withCosines ? itemCount : 0)
        var similar = TopK(room: settings.kept)
        var rest: [(item: Int32, similarity: Float)] = []
        for item in items {
            let count = count(item, &counters, &touched)
            let isCompared = compared?[item] ?? true
            let least = max(1, settings.leastShared)
            for other in touched[..<count] {
                let place = Int(other)
                let counter = counters[place]
                counters[place] = 0
                if place == item { continue }
                let weight = counter & (1 << Self.userBits - 1)
                let similarity = Float(Double(weight) * scales[place] * scales[item])
                if isCompared, counter >> Self.userBits >= least, compared?[place] ?? true {
                    similar.add(similarity, other)
                    if withCosines { cosines[place] = similarity }
                } else {
                    rest.append((other, similarity))
                }
            }
            let row = similar.sorted()
            result.similar.append(row)
            if withCosines { result.cosines.append(contentsOf: row.lazy.map { cosines[Int($0)] }) }
            var others = TopK(room: settings.kept - row.count)
            if others.room > 0 { for (other, similarity) in rest { others.add(similarity, other) } }
            result.others.append(others.sorted())
            similar.removeAll()
            rest.removeAll(keepingCapacity: true)
        }
        return result
    }

    /// - Returns: how many items were touched.
    private func count(_ item: Int, _ counters: inout [Int64], _ touched: inout [Int32]) -> Int {
        let own = places.entries(of: item)
        return places.columns.withUnsafeBufferPointer { places in
            userOf.withUnsafeBufferPointer { userOf in
                profiles.columns.withUnsafeBufferPointer { profile in
                    profiles.offsets.withUnsafeBufferPointer { offsets in
                        steps.withUnsafeBufferPointer { steps in
                            counters.withUnsafeMutableBufferPointer { counters in
                                touched.withUnsafeMutableBufferPointer { touched in
                                    Kernels.countCommonUsers(
                                        places: UnsafeBufferPointer(rebasing: places[own]),
                                        users: UnsafeBufferPointer(rebasing: userOf[own]),
                                        profiles: profile,
                                        profileStarts: offsets,
                                        steps: steps,
                                        counters: counters,
                                        touched: touched
                                    )
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
