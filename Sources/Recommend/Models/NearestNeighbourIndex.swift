import Kernels

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
    /// The vector of profile `p` is `rows[p]..<rows[p + 1]` of the two arrays below: a copy, so that those compared lie close together.
    private let rows: [Int]
    private let rowTokens: [Int32]
    private let rowWeights: [Float]
    /// The first `kept` things of profile `p`, in ascending order, are `memberStarts[p]..<memberStarts[p + 1]`.
    private let memberStarts: [Int]
    private let members: [Int32]
    /// The profiles that have token `t` are `starts[t]..<starts[t + 1]` of the two arrays below.
    private let starts: [Int]
    private let profileOf: [Int32]
    private let weightOf: [Float]
    /// Per token the greatest weight that a profile gives it.
    private let greatest: [Float]

    /// - Parameters:
    ///   - things: who may be answered, ascending.
    ///   - kept: how many things an answer has at most.
    init(_ features: Features, among things: [Int32], kept: Int) {
        self.features = features
        self.kept = kept
        let groups = Self.grouped(features, things).filter { features.starts[Int($0[0])] < features.starts[Int($0[0]) + 1] }
        var rows = [0]
        for group in groups { rows.append(rows[rows.count - 1] + features.vector(Int(group[0])).count) }
        self.rows = rows
        let vectors = groups.flatMap { features.vector(Int($0[0])) }
        rowTokens = vectors.map(\.token)
        rowWeights = vectors.map(\.weight)
        var memberStarts = [0]
        for group in groups { memberStarts.append(memberStarts[memberStarts.count - 1] + min(kept, group.count)) }
        self.memberStarts = memberStarts
        members = groups.flatMap { $0.prefix(kept) }
        var starts = [Int](repeating: 0, count: features.tokens.count + 1)
        for token in rowTokens { starts[Int(token) + 1] += 1 }
        for token in 0..<features.tokens.count { starts[token + 1] += starts[token] }
        var cursors = starts
        var profileOf = [Int32](repeating: 0, count: starts[features.tokens.count])
        var weightOf = [Float](repeating: 0, count: profileOf.count)
        var greatest = [Float](repeating: 0, count: features.tokens.count)
        for profile in groups.indices {
            for index in rows[profile]..<rows[profile + 1] {
                let token = Int(rowTokens[index])
                profileOf[cursors[token]] = Int32(profile)
                weightOf[cursors[token]] = rowWeights[index]
                greatest[token] = max(greatest[token], rowWeights[index])
                cursors[token] += 1
            }
        }
        self.starts = starts
        self.profileOf = profileOf
        self.weightOf = weightOf
        self.greatest = greatest
    }

    /// Things by their vectors: those with equal ones together, ascending, the groups by their first.
    static func grouped(_ features: Features, _ things: [Int32]) -> [[Int32]] {
        var places: [[UInt64]: Int] = [:]
        var groups: [[Int32]] = []
        for thing in things {
            let key = (features.starts[Int(thing)]..<features.starts[Int(thing) + 1]).map { index in
                UInt64(UInt32(bitPattern: features.tokenOf[index])) << 32 | UInt64(features.weightOf[index].bitPattern)
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
            var search = Search(profiles: rows.count - 1, tokens: features.tokens.count)
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
        let own = features.starts[thing]..<features.starts[thing + 1]
        let tokens = own.map { (token: Int(features.tokenOf[$0]), weight: features.weightOf[$0]) }
            .filter { starts[$0.token] < starts[$0.token + 1] }
            .map { (token: $0.token, weight: $0.weight, most: $0.weight * greatest[$0.token]) }
            .sorted { ($1.most, $0.token) < ($0.most, $1.token) }
        var left = tokens.reduce(Float(0)) { $0 + $1.most }
        var read = 0
        var compared = 0
        var least: Float = 0
        for (token, weight, most) in tokens {
            // What is added in another order may differ in the last bits.
            if least > left * 1.001 || read >= Self.mostRead { break }
            let entries = starts[token]..<min(starts[token + 1], starts[token] + Self.mostRead - read)
            search.similarity.add(entries, of: profileOf, weightOf, times: weight)
            read += entries.count
            // A list that was cut off may still give its all to profiles that stand in the rest of it.
            if entries.upperBound == starts[token + 1] { left -= most }
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
        for index in own { search.question[Int(features.tokenOf[index])] = features.weightOf[index] }
        defer { for index in own { search.question[Int(features.tokenOf[index])] = 0 } }
        var found: [(thing: Int32, similarity: Float)] = []
        found.reserveCapacity(kept + 1)
        for profile in candidates {
            let similarity = self.similarity(of: Int(profile), search.question)
            for member in memberStarts[Int(profile)]..<memberStarts[Int(profile) + 1] {
                let thing = members[member]
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

    /// The inner product, in the order of the tokens.
    private func similarity(of profile: Int, _ question: [Float]) -> Float {
        rowTokens.withUnsafeBufferPointer { tokens in
            rowWeights.withUnsafeBufferPointer { weights in
                question.withUnsafeBufferPointer {
                    Kernels.gatheredProduct(rows[profile]..<rows[profile + 1], indices: tokens, values: weights, with: $0)
                }
            }
        }
    }
}
