/// What else than similarity orders the items near to one (rankingInfluence of aws-semantic-similarity).
///
/// Of the nearest `pool` items that may be answered, each gets `nearness + popularity·p + freshness·f`: nearness falls evenly from 1 for the
/// nearest to 0 for the last; p and f are the shares of the pool that fewer users have touched, and that came earlier. What lies beyond the
/// pool follows by nearness. So a weight of 1 counts as much as similarity does, and nothing becomes an answer that is not near.
package struct RankingInfluence: Sendable, Equatable {
    static let pool = 100

    /// 0 to 1.
    package let popularity: Double
    /// 0 to 1.
    package let freshness: Double

    package init(popularity: Double = 0, freshness: Double = 0) {
        self.popularity = popularity
        self.freshness = freshness
    }

    package static let none = RankingInfluence()

    /// - Parameters:
    ///   - nearest: best first.
    ///   - users: per item, how many touched it.
    ///   - created: per item, seconds since 1970.
    func ordered(_ nearest: [Int32], users: [Int32], created: [Int64]) -> [Int32] {
        let pool = nearest.prefix(Self.pool)
        guard self != .none, pool.count > 1 else { return nearest }
        let popular = Self.beaten(pool.map { Int64(users[Int($0)]) })
        let fresh = Self.beaten(pool.map { created[Int($0)] })
        // In ranks and not in shares, so that equals are exactly equal.
        let values = pool.indices.map { rank in
            Double(pool.count - 1 - rank) + popularity * Double(popular[rank]) + freshness * Double(fresh[rank])
        }
        return values.indices.sorted { (values[$1], $0) < (values[$0], $1) }.map { nearest[$0] } + nearest.dropFirst(pool.count)
    }

    /// For each value how many of the others are smaller.
    private static func beaten(_ values: [Int64]) -> [Int] {
        let sorted = values.sorted()
        return values.map { sorted.firstIndex(of: $0) ?? 0 }
    }
}
