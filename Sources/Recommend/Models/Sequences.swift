import Kernels

/// The sequences of the users that a model learns from, laid end to end with a gap of -1 between users,
/// and for each item its positions in them.
struct Sequences {
    /// Item per position, -1 between users.
    let flat: [Int32]
    let itemCount: Int
    let userCount: Int
    /// Item × position in `flat`, ascending.
    let positions: CompressedSparseRows
    /// Weight per position, 0 between users; empty when all are 1.
    let weights: [Float]

    /// Adds to `counters` the weight of each item that follows one within reach, by gap and by the weights of both events.
    /// - Parameters:
    ///   - gapWeights: of a follower at gap 1, 2, ….
    ///   - counters: one per item; `touched`, as long, gets the items whose counter was 0.
    /// - Returns: how many items were touched.
    func countFollowers(of item: Int, gapWeights: [Int64], into counters: inout [Int64], touched: inout [Int32]) -> Int {
        precondition(counters.count == itemCount && touched.count == itemCount, "a counter and a position for each item")
        return positions.columns.withUnsafeBufferPointer { columns in
            flat.withUnsafeBufferPointer { flat in
                gapWeights.withUnsafeBufferPointer { gapWeights in
                    weights.withUnsafeBufferPointer { weights in
                        counters.withUnsafeMutableBufferPointer { counters in
                            touched.withUnsafeMutableBufferPointer { touched in
                                Kernels.countFollowers(
                                    positions: UnsafeBufferPointer(rebasing: columns[positions.entries(of: item)]),
                                    sequence: flat,
                                    gapWeights: gapWeights,
                                    eventWeights: weights,
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

    var eventCount: Int { positions.entryCount }

    func count(of item: Int) -> Int { positions.entries(of: item).count }

    /// The sum of the weights of an item's events.
    func mass(of item: Int) -> Double {
        if weights.isEmpty { return Double(count(of: item)) }
        return positions[item].reduce(0) { $0 + Double(weights[Int($1)]) }
    }

    init(_ interactions: Interactions, users: some Collection<Int>) {
        var flat: [Int32] = []
        var weights: [Float] = []
        flat.reserveCapacity(interactions.eventCount + users.count)
        for user in users {
            flat.append(contentsOf: interactions.itemOf[interactions.events(of: user)])
            flat.append(-1)
            if interactions.weightOf.isEmpty { continue }
            weights.append(contentsOf: interactions.weightOf[interactions.events(of: user)])
            weights.append(0)
        }
        self.flat = flat
        itemCount = interactions.itemCount
        userCount = users.count
        positions = CompressedSparseRows(positionsOf: flat, count: interactions.itemCount)
        self.weights = weights
    }
}
