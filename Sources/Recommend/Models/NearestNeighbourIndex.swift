/// Finds, among some entities (items or users), those whose metadata are closest to a vector, in bounded time.
///
/// Entities with equal vectors are one profile. The search is that of `InvertedIndex`, exact unless a query reaches one of the two limits: then
/// profiles that share only its commoner tokens may be missed.
struct NearestNeighbourIndex: Sendable {
    /// So many entries of the index are read for one query before no new profile is looked at.
    static let mostRead = 20_000
    /// So many profiles are compared in full for one query, those with the most in common first.
    static let mostCompared = 1000

    private let features: Features
    private let kept: Int
    /// The profiles' vectors: a copy, so that those compared lie close together.
    private let index: InvertedIndex
    /// Profile × entity: the first `kept` of each, ascending.
    private let members: CompressedSparseRows

    /// - Parameters:
    ///   - entities: those that an answer may hold, ascending.
    ///   - kept: how many entities an answer has at most.
    init(_ features: Features, among entities: [Int32], kept: Int) {
        self.features = features
        self.kept = kept
        let groups = Self.grouped(features, entities).filter { !features.rows[Int($0[0])].isEmpty }
        index = InvertedIndex(
            CompressedSparseRows(groups.lazy.map { features.rows[Int($0[0])] }),
            weights: groups.flatMap { features.weights[features.rows.entries(of: Int($0[0]))] },
            tokenCount: features.tokens.count
        )
        members = CompressedSparseRows(groups.lazy.map { $0.prefix(kept) })
    }

    /// Entities by their vectors: those with equal ones together, ascending, the groups by their first.
    static func grouped(_ features: Features, _ entities: [Int32]) -> [[Int32]] {
        var numberOf: [[UInt64]: Int] = [:]
        var groups: [[Int32]] = []
        for entity in entities {
            let key = features.rows.entries(of: Int(entity)).map { entry in
                UInt64(UInt32(bitPattern: features.rows.columns[entry])) << 32 | UInt64(features.weights[entry].bitPattern)
            }
            if let number = numberOf[key] {
                groups[number].append(entity)
            } else {
                numberOf[key] = groups.count
                groups.append([entity])
            }
        }
        return groups
    }

    /// The entities nearest to each of these, best first and of equal ones the first; those that share no token with it are left out.
    func nearest(to entities: [Int32]) -> [[(entity: Int32, similarity: Float)]] {
        let blocks = Threads.parallelMap(entities.count, size: 256) { range in
            var buffers = InvertedIndex.SearchBuffers(index)
            return range.map { nearest(to: Int(entities[$0]), &buffers) }
        }
        return blocks?.flatMap(\.self) ?? []
    }

    private func nearest(to entity: Int, _ buffers: inout InvertedIndex.SearchBuffers) -> [(entity: Int32, similarity: Float)] {
        let limits = InvertedIndex.SearchLimits(read: Self.mostRead, compared: Self.mostCompared)
        let candidates = index.candidates(features.vector(entity), count: kept, limits: limits, &buffers) { _ in true }
        var found: [(entity: Int32, similarity: Float)] = []
        found.reserveCapacity(kept + 1)
        for (profile, similarity) in candidates {
            for entity in members[Int(profile)] {
                if found.count == kept, (found[kept - 1].similarity, entity) < (similarity, found[kept - 1].entity) { _ = found.popLast() }
                if found.count == kept { break }
                var index = found.count
                while index > 0, (found[index - 1].similarity, entity) < (similarity, found[index - 1].entity) { index -= 1 }
                found.insert((entity, similarity), at: index)
            }
        }
        return found
    }
}
