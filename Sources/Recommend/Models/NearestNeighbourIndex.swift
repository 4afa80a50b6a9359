/// Finds, among some things, those whose metadata are closest to a vector: what `InvertedIndex` would find, in bounded time.
///
/// Things with equal vectors are one profile. The tokens of a question are taken in the order of what they can add at most, and once the
/// worst of the answer has more than all later tokens together can give, no new profile is looked at. So the answer is exact, unless a
/// question reaches one of the two limits: then profiles that share only its commoner tokens may be missed.
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
            let key = features.rows.entries(of: Int(thing)).map { index in
                UInt64(UInt32(bitPattern: features.rows.columns[index])) << 32 | UInt64(features.weights[index].bitPattern)
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
            var search = Search(profiles: members.rowCount, tokens: features.tokens.count)
            return range.map { nearest(to: Int(things[$0]), &search) }
        }
        return blocks?.flatMap(\.self) ?? []
    }

    /// What a search writes into and leaves as it found it.
    private struct Search {
        var similarity: SparseSums
        var question: [Float]

        init(profiles: Int, tokens: Int) {
            similarity = SparseSums([Float](repeating: 0, count: profiles))
            question = [Float](repeating: 0, count: tokens)
        }
    }

    private func nearest(to thing: Int, _ search: inout Search) -> [(thing: Int32, similarity: Float)] {
        let own = features.rows.entries(of: thing)
        let tokens = own.map { (token: Int(features.rows.columns[$0]), weight: features.weights[$0]) }
            .filter { !index.postings[$0.token].isEmpty }
            .map { (token: $0.token, weight: $0.weight, most: $0.weight * index.greatest[$0.token]) }
            .sorted { ($1.most, $0.token) < ($0.most, $1.token) }
        var left = tokens.reduce(Float(0)) { $0 + $1.most }
        var read = 0
        var compared = 0
        var least: Float = 0
        for (token, weight, most) in tokens {
            // What is added in another order may differ in the last bits.
            if least > left * 1.001 || read >= Self.mostRead { break }
            let list = index.postings.entries(of: token)
            let entries = list.prefix(Self.mostRead - read)
            search.similarity.add(entries, of: index.postings.columns, index.postingWeights, times: weight)
            read += entries.count
            // A list that was cut off may still give its all to profiles that stand in the rest of it.
            if entries.upperBound == list.upperBound { left -= most }
            // Looking for the worst costs as much as reading so many entries.
            if read - compared >= search.similarity.touched.count / 4 {
                least = worst(search.similarity)
                compared = read
            }
        }
        var candidates = search.similarity.touched.filter { search.similarity.sums[Int($0)] + max(left, 0) * 1.001 >= least * 0.999 }
        if candidates.count > Self.mostCompared {
            candidates.sort { (search.similarity.sums[Int($1)], $0) < (search.similarity.sums[Int($0)], $1) }
            candidates.removeSubrange(Self.mostCompared...)
        }
        search.similarity.clear { _ in 0 }
        for entry in own { search.question[Int(features.rows.columns[entry])] = features.weights[entry] }
        defer { for entry in own { search.question[Int(features.rows.columns[entry])] = 0 } }
        var found: [(thing: Int32, similarity: Float)] = []
        found.reserveCapacity(kept + 1)
        for profile in candidates {
            let similarity = index.similarity(of: Int(profile), search.question)
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

    /// The smallest likeness of the best `kept` profiles so far; 0 while there are fewer.
    private func worst(_ similarity: SparseSums) -> Float {
        guard similarity.touched.count >= kept else { return 0 }
        var best = [Float](repeating: 0, count: kept)
        for profile in similarity.touched where similarity.sums[Int(profile)] > best[kept - 1] {
            var place = kept - 1
            while place > 0, best[place - 1] < similarity.sums[Int(profile)] {
                best[place] = best[place - 1]
                place -= 1
            }
            best[place] = similarity.sums[Int(profile)]
        }
        return best[kept - 1]
    }
}
