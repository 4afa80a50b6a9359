/// Finds, among some things, those whose metadata are closest to a vector, in bounded time.
///
/// Things with equal vectors are one profile. The search is that of `InvertedIndex`, exact unless a question reaches one of the two limits: then
/// profiles that share only its commoner tokens may be missed.
struct NearestNeighbourIndex: Sendable {
    /// So many entries of the index are read for one question before no new profile is looked at.
    static let mostRead = 20_000
    /// So many profiles are compared in full for one question, those with the most in common first.
    static let mostCompared = 1000

    private let features: Features
    private let kept: Int
    /// The profiles' vectors: a copy, so that those compared lie close together.
    private let index: InvertedIndex
    /// Profile × thing: the first `kept` of each, ascending.
    private let members: CompressedSparseRows

    /// - Parameters:
    ///   - things: who may be answered, ascending.
    ///   - kept: how many things an answer has at most.
    init(_ features: Features, among things: [Int32], kept: Int) {
        self.features = features
        self.kept = kept
        let groups = Self.grouped(features, things).filter { !features.rows[Int($0[0])].isEmpty }
        index = InvertedIndex(
            CompressedSparseRows(groups.lazy.map { features.rows[Int($0[0])] }),
            weights: groups.flatMap { features.weights[features.rows.entries(of: Int($0[0]))] },
            tokenCount: features.tokens.count
        )
        members = CompressedSparseRows(groups.lazy.map { $0.prefix(kept) })
    }

    /// Things by their vectors: those with equal ones together, ascending, the groups by their first.
    static func grouped(_ features: Features, _ things: [Int32]) -> [[Int32]] {
        var places: [[UInt64]: Int] = [:]
        var groups: [[Int32]] = []
        for thing in things {
            let key = features.rows.entries(of: Int(thing)).map { entry in
                UInt64(UInt32(bitPattern: features.rows.columns[entry])) << 32 | UInt64(features.weights[entry].bitPattern)
            }
            if let place = places[key] {
                groups[place].append(thing)
            } else {
                places[key] = groups.count
                groups.append([thing])
            }
        }
        return groups
    }

    /// The things nearest to each of these, best first and of equal ones the first; those that share nothing are none.
    func nearest(to things: [Int32]) -> [[(thing: Int32, similarity: Float)]] {
        let blocks = Threads.parallelMap(things.count, size: 256) { range in
            var buffers = InvertedIndex.SearchBuffers(index)
            return range.map { nearest(to: Int(things[$0]), &buffers) }
        }
        return blocks?.flatMap(\.self) ?? []
    }

    private func nearest(to thing: Int, _ buffers: inout InvertedIndex.SearchBuffers) -> [(thing: Int32, similarity: Float)] {
        let limits = InvertedIndex.SearchLimits(read: Self.mostRead, compared: Self.mostCompared)
        let candidates = index.candidates(features.vector(thing), count: kept, limits: limits, &buffers) { _ in true }
        var found: [(thing: Int32, similarity: Float)] = []
        found.reserveCapacity(kept + 1)
        for (profile, similarity) in candidates {
            for thing in members[Int(profile)] {
                if found.count == kept, (found[kept - 1].similarity, thing) < (similarity, found[kept - 1].thing) { _ = found.popLast() }
                if found.count == kept { break }
                var place = found.count
                while place > 0, (found[place - 1].similarity, thing) < (similarity, found[place - 1].thing) { place -= 1 }
                found.insert((thing, similarity), at: place)
            }
        }
        return found
    }
}
