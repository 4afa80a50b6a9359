import Synchronization

/// Exact search for the vectors with the largest inner products: list after list of the index, without those that can add too little.
///
/// Tokens are taken in the order of what they can add at most. Once the worst of the answer has more than all later tokens together can give, no
/// new vector can come in: MaxScore (H. Turtle and J. Flood, "Query evaluation: strategies and optimizations", Information Processing &
/// Management 31, 1995). The lists that are left are read while that is cheaper than comparing in full whatever can still be in the answer. Those
/// are compared token by token in the order of tokens, so the answer is that of `score` on all vectors, to the last bit.
extension InvertedIndex {
    /// What a search may cost. Beyond, vectors that share only the commoner tokens may be missed.
    struct SearchLimits {
        /// Entries of the index that are read.
        var read = Int.max
        /// Vectors that are compared in full, those with the most in common first.
        var compared = Int.max
    }

    /// What a search writes into and leaves as it found it.
    struct SearchBuffers: Sendable {
        fileprivate var sums: SparseSums
        fileprivate var query: [Float]

        init(_ index: InvertedIndex) {
            sums = SparseSums([Float](repeating: 0, count: index.vectors.rowCount))
            query = [Float](repeating: 0, count: index.postings.rowCount)
        }
    }

    /// Buffers between searches: making them costs as much as a search.
    final class SearchPool: Sendable {
        private let free = Mutex<[SearchBuffers]>([])
        private static let most = 64

        func withBuffers<Result>(_ index: InvertedIndex, _ body: (inout SearchBuffers) -> Result) -> Result {
            var buffers = free.withLock { $0.popLast() } ?? SearchBuffers(index)
            defer { free.withLock { if $0.count < Self.most { $0.append(buffers) } } }
            return body(&buffers)
        }
    }

    /// The vector of an entity.
    func vector(_ entity: Int) -> [(token: Int32, weight: Float)] {
        vectors.entries(of: entity).map { (vectors.columns[$0], vectorWeights[$0]) }
    }

    /// The inner products of some entities' vectors with another.
    func similarities(of entities: ArraySlice<Int32>, to vector: [(token: Int32, weight: Float)]) -> [Float] {
        if entities.isEmpty { return [] }
        return pool.withBuffers(self) { buffers in
            withQuery(vector, &buffers) { query in entities.map { similarity(of: Int($0), query) } }
        }
    }

    /// The entities nearest to a vector, best first and of equal ones the first; those that share no token with it are left out.
    func nearest(
        to vector: [(token: Int32, weight: Float)],
        count: Int,
        where isAllowed: (Int32) -> Bool
    ) -> [(entity: Int32, similarity: Float)] {
        if count == 0 { return [] }
        return pool.withBuffers(self) { buffers in
            let found = candidates(vector, count: count, limits: SearchLimits(), &buffers, where: isAllowed)
            var similarities: [Int32: Float] = [:]
            var best = TopK(capacity: count)
            for (entity, similarity) in found where similarity > 0 {
                best.add(similarity, entity)
                similarities[entity] = similarity
            }
            return best.sorted().map { ($0, similarities[$0] ?? 0) }
        }
    }

    /// All that can be among the `count` nearest, each compared in full; more than these, in no order.
    func candidates(
        _ vector: [(token: Int32, weight: Float)],
        count: Int,
        limits: SearchLimits,
        _ buffers: inout SearchBuffers,
        where isAllowed: (Int32) -> Bool
    ) -> [(entity: Int32, similarity: Float)] {
        let tokens = vector.filter { !postings[Int($0.token)].isEmpty }
            .map { (token: Int($0.token), weight: $0.weight, most: $0.weight * greatest[Int($0.token)]) }
            .sorted { ($1.most, $0.token) < ($0.most, $1.token) }
        // Sums in another order may differ in the last bits: bounds are taken a thousandth wider.
        let slack: Float = 1.001
        var left = tokens.reduce(Float(0)) { $0 + $1.most }
        var read = 0
        var looked = 0
        var least: Float = 0
        for (token, weight, most) in tokens {
            if read >= limits.read { break }
            let list = postings.entries(of: token)
            if least > left * slack {
                // No new vector can come in. Is it cheaper to compare those that can still be in the answer?
                let open = buffers.sums.touched.count { isOpen(buffers.sums.sums[Int($0)], left * slack, least) }
                if open * Self.comparing <= list.count + buffers.sums.touched.count / 4 { break }
            }
            let entries = list.prefix(limits.read - read)
            buffers.sums.add(entries, of: postings.columns, postingWeights, times: weight)
            read += entries.count
            // A list that was cut off may still add its maximum to those in the rest of it.
            if entries.upperBound == list.upperBound { left -= most }
            // Looking for the worst costs as much as reading so many entries.
            if read - looked >= buffers.sums.touched.count / 4 {
                least = worst(buffers.sums, count, isAllowed)
                looked = read
            }
        }
        var found = buffers.sums.touched.filter { isOpen(buffers.sums.sums[Int($0)], max(left, 0) * slack, least) && isAllowed($0) }
        if found.count > limits.compared {
            found.sort { (buffers.sums.sums[Int($1)], $0) < (buffers.sums.sums[Int($0)], $1) }
            found.removeSubrange(limits.compared...)
        }
        buffers.sums.clear { _ in 0 }
        return withQuery(vector, &buffers) { query in found.map { ($0, similarity(of: Int($0), query)) } }
    }

    /// Comparing a vector costs as much as reading so many entries.
    private static let comparing = 40

    /// Whether a partial sum can still become one of the best.
    private func isOpen(_ sum: Float, _ left: Float, _ least: Float) -> Bool { sum + left >= least * 0.999 }

    /// The smallest of the best partial sums; 0 while there are fewer than wanted.
    private func worst(_ sums: SparseSums, _ count: Int, _ isAllowed: (Int32) -> Bool) -> Float {
        guard sums.touched.count >= count else { return 0 }
        var best = TopK(capacity: count)
        for entity in sums.touched where sums.sums[Int(entity)] >= best.least && isAllowed(entity) { best.add(sums.sums[Int(entity)], entity) }
        return best.isFull ? best.least : 0
    }

    private func withQuery<Result>(_ vector: [(token: Int32, weight: Float)], _ buffers: inout SearchBuffers, _ body: ([Float]) -> Result)
        -> Result
    {
        for (token, weight) in vector { buffers.query[Int(token)] = weight }
        let result = body(buffers.query)
        for (token, _) in vector { buffers.query[Int(token)] = 0 }
        return result
    }
}
