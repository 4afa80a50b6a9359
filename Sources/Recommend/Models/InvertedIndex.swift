import Kernels

/// Sparse vectors over tokens, by entity (an item or a user) and by token: which entities have a token, and how close their vectors are to
/// another one.
struct InvertedIndex: Sendable {
    /// Entity × token, tokens ascending.
    let vectors: CompressedSparseRows
    /// One per entry of `vectors`.
    let vectorWeights: [Float]
    /// Token × entity, entities ascending.
    let postings: CompressedSparseRows
    /// One per entry of `postings`.
    let postingWeights: [Float]
    /// Per token the greatest weight that any entity gives it.
    let greatest: [Float]
    let pool = SearchPool()

    /// - Parameters:
    ///   - vectors: entity × token, tokens ascending.
    ///   - weights: one per entry, none below 0.
    init(_ vectors: CompressedSparseRows, weights: [Float], tokenCount: Int) {
        self.vectors = vectors
        vectorWeights = weights
        let (postings, entries) = vectors.transposed(columnCount: tokenCount)
        let postingWeights = entries.map { weights[Int($0)] }
        self.postings = postings
        self.postingWeights = postingWeights
        greatest = (0..<tokenCount).map { token in postingWeights[postings.entries(of: token)].reduce(0, max) }
    }

    init(_ features: Features) { self.init(features.rows, weights: features.weights, tokenCount: features.tokens.count) }

    /// The inner product of an entity's vector and a dense one, in the order of the tokens.
    func similarity(of entity: Int, _ query: [Float]) -> Float {
        vectors.columns.withUnsafeBufferPointer { tokens in
            vectorWeights.withUnsafeBufferPointer { weights in
                query.withUnsafeBufferPointer {
                    Kernels.gatheredProduct(vectors.entries(of: entity), indices: tokens, values: weights, with: $0)
                }
            }
        }
    }
}
