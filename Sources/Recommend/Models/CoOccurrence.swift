import Kernels

/// Counts, item by item, the users that it shares with every other.
struct CoOccurrence: Sendable {
    private let settings: NeighbourSettings
    private let compared: Bitset?
    private let itemCount: Int
    /// User × item, in the order of first touch.
    private let profiles: CompressedSparseRows
    /// Item × entry of `profiles`.
    private let positions: CompressedSparseRows
    /// Per entry of `positions`, whose profile it is.
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
        let positions = CompressedSparseRows(positionsOf: self.profiles.columns, count: itemCount)
        self.positions = positions
        let users = self.profiles.rowOfEntry
        userOf = positions.columns.map { users[Int($0)] }
        precondition((0..<itemCount).allSatisfy { positions.entries(of: $0).count < 1 << 23 }, "more than eight million users of one item")
        let longest = profiles.reduce(1) { max($0, $1.count) }
        steps = (0..<longest).map { distance in
            let near = settings.nearness == 0 ? 1 : Platform.exp(-Double(max(distance - 1, 0)) / settings.nearness)
            return Int64((65536 * (settings.lasting + (1 - settings.lasting) * near)).rounded()) + 1 << Self.userBits
        }
        scales = (0..<itemCount).map {
            Platform.pow(Double(positions.entries(of: $0).count) + settings.shrinkage, -settings.popularityDiscount) / 256
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
        var similar = TopK(capacity: settings.kept)
        var rest: [(item: Int32, similarity: Float)] = []
        for item in items {
            let count = count(item, &counters, &touched)
            let isCompared = compared?[item] ?? true
            let least = max(1, settings.leastShared)
            for other in touched[..<count] {
                let index = Int(other)
                let counter = counters[index]
                counters[index] = 0
                if index == item { continue }
                let weight = counter & (1 << Self.userBits - 1)
                let similarity = Float(Double(weight) * scales[index] * scales[item])
                if isCompared, counter >> Self.userBits >= least, compared?[index] ?? true {
                    similar.add(similarity, other)
                    if withCosines { cosines[index] = similarity }
                } else {
                    rest.append((other, similarity))
                }
            }
            let row = similar.sorted()
            result.similar.append(row)
            if withCosines { result.cosines.append(contentsOf: row.lazy.map { cosines[Int($0)] }) }
            var others = TopK(capacity: settings.kept - row.count)
            if others.capacity > 0 { for (other, similarity) in rest { others.add(similarity, other) } }
            result.others.append(others.sorted())
            similar.removeAll()
            rest.removeAll(keepingCapacity: true)
        }
        return result
    }

    /// - Returns: how many items were touched.
    private func count(_ item: Int, _ counters: inout [Int64], _ touched: inout [Int32]) -> Int {
        let own = positions.entries(of: item)
        return positions.columns.withUnsafeBufferPointer { positions in
            userOf.withUnsafeBufferPointer { userOf in
                profiles.columns.withUnsafeBufferPointer { profile in
                    profiles.offsets.withUnsafeBufferPointer { offsets in
                        steps.withUnsafeBufferPointer { steps in
                            counters.withUnsafeMutableBufferPointer { counters in
                                touched.withUnsafeMutableBufferPointer { touched in
                                    Kernels.countCommonUsers(
                                        positions: UnsafeBufferPointer(rebasing: positions[own]),
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
