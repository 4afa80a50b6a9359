import Kernels

/// The sequences of the users that a model learns from, laid end to end with a gap of -1 between users,
/// and for each item the places where it stands.
struct Sequences {
    /// Item per place, -1 between users.
    let flat: [Int32]
    let itemCount: Int
    let userCount: Int
    /// The places of item `i` are `placesOf[placeStarts[i]..<placeStarts[i + 1]]`, ascending.
    let placeStarts: [Int]
    let placesOf: [Int32]
    /// Weight per place, 0 between users; empty when all are 1.
    let weights: [Float]

    /// Adds to `counters` the weight of each item that follows one within reach, by gap and by the weights of both events.
    /// - Parameters:
    ///   - gapWeights: of a follower at gap 1, 2, ….
    ///   - counters: one per item; `touched`, as long, gets the items whose counter was 0.
    /// - Returns: how many items were touched.
    func countFollowers(of item: Int, gapWeights: [Int64], into counters: inout [Int64], touched: inout [Int32]) -> Int {
        precondition(counters.count == itemCount && touched.count == itemCount, "a counter and a position for each item")
        return placesOf.withUnsafeBufferPointer { places in
            flat.withUnsafeBufferPointer { flat in
                gapWeights.withUnsafeBufferPointer { gapWeights in
                    weights.withUnsafeBufferPointer { weights in
                        counters.withUnsafeMutableBufferPointer { counters in
                            touched.withUnsafeMutableBufferPointer { touched in
                                Kernels.countFollowers(
                                    places: UnsafeBufferPointer(rebasing: places[placeStarts[item]..<placeStarts[item + 1]]),
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

    var eventCount: Int { placesOf.count }

    func count(of item: Int) -> Int { placeStarts[item + 1] - placeStarts[item] }

    /// The sum of the weights of an item's events.
    func mass(of item: Int) -> Double {
        if weights.isEmpty { return Double(count(of: item)) }
        return placesOf[placeStarts[item]..<placeStarts[item + 1]].reduce(0) { $0 + Double(weights[Int($1)]) }
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
        // Places are Int32: two billion events, far above the 500 million that the service considers.
        precondition(flat.count < Int(Int32.max), "more than 2^31 events")
        var starts = [Int](repeating: 0, count: interactions.itemCount + 1)
        for item in flat where item >= 0 { starts[Int(item) + 1] += 1 }
        for item in 0..<interactions.itemCount { starts[item + 1] += starts[item] }
        var cursors = starts
        var places = [Int32](repeating: 0, count: starts[interactions.itemCount])
        for (place, item) in flat.enumerated() where item >= 0 {
            places[cursors[Int(item)]] = Int32(place)
            cursors[Int(item)] += 1
        }
        self.flat = flat
        itemCount = interactions.itemCount
        userCount = users.count
        placeStarts = starts
        placesOf = places
        self.weights = weights
    }
}
