import Kernels

/// How close the metadata of things are to a vector, by an inverted index over tokens.
struct InvertedIndex: Sendable {
    /// The things that have token `t` are `starts[t]..<starts[t + 1]`.
    private let starts: [Int]
    private let things: [Int32]
    private let weights: [Float]

    init(_ features: Features) {
        var starts = [Int](repeating: 0, count: features.tokens.count + 1)
        for token in features.tokenOf { starts[Int(token) + 1] += 1 }
        for token in 0..<features.tokens.count { starts[token + 1] += starts[token] }
        var cursors = starts
        var things = [Int32](repeating: 0, count: features.tokenOf.count)
        var weights = [Float](repeating: 0, count: features.tokenOf.count)
        for thing in 0..<features.count {
            for index in features.starts[thing]..<features.starts[thing + 1] {
                let token = Int(features.tokenOf[index])
                things[cursors[token]] = Int32(thing)
                weights[cursors[token]] = features.weightOf[index]
                cursors[token] += 1
            }
        }
        self.starts = starts
        self.things = things
        self.weights = weights
    }

    /// Adds the likeness to every thing that shares a token with the vector.
    func score(_ vector: [(token: Int32, weight: Float)], into similarity: inout [Float]) {
        similarity.withUnsafeMutableBufferPointer { similarity in
            things.withUnsafeBufferPointer { things in
                weights.withUnsafeBufferPointer { weights in
                    for (token, weight) in vector {
                        let range = starts[Int(token)]..<starts[Int(token) + 1]
                        Kernels.scatter(range, targets: things, values: weights, times: weight, into: similarity)
                    }
                }
            }
        }
    }

    /// The things that share a token with the vector, each as often as it shares one.
    func sharing(_ vector: [(token: Int32, weight: Float)]) -> [ArraySlice<Int32>] {
        vector.map { things[starts[Int($0.token)]..<starts[Int($0.token) + 1]] }
    }
}
