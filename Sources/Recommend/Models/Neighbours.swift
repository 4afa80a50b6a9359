/// The numbers of the co-interaction model (recipe aws-sims).
package struct NeighbourSettings: Sendable, Equatable {
    /// popularity_discount_factor: 0 ranks by shared users alone, 0.5 is the cosine, 1 is the lift against chance.
    package var popularityDiscount = 0.5
    /// min_cointeraction_count: pairs with fewer shared users have no similarity.
    package var leastShared = 3
    /// So many users are added to every item's number before the discount, so that few users in common are not taken for likeness.
    package var shrinkage = 60.0
    /// How fast a pair fades with the number of other items that the user touched between the two: exp(-between / nearness); 0 is never.
    package var nearness = 20.0
    /// The share of a pair's weight that does not fade.
    package var lasting = 0.2
    /// How many neighbours an item keeps: a full answer of 500, and as many again for filters to take from.
    package var kept = 1000
    /// How much likeness by metadata counts beside a cosine of co-interaction (aws-similar-items).
    package var metadata = 0.05

    package init() {}

    /// Purchases of one basket: near in time, lifted against chance.
    static let boughtTogether: NeighbourSettings = {
        var settings = NeighbourSettings()
        settings.nearness = 5
        settings.lasting = 0.05
        settings.popularityDiscount = 0.7
        settings.leastShared = 2
        return settings
    }()
}

/// Items that share users: `similarity_ij = Σ near_u / ((users_i + shrinkage) · (users_j + shrinkage)) ^ discount` over the users u whom the
/// two share, each once; `near_u = lasting + (1 - lasting)·exp(-between / nearness)` by how many other items lie between the user's first
/// touches of the two. The part of i is the same for its whole row and left out.
///
/// Pairs that have no similarity (too few shared users, or an item outside the percentiles) stand behind all that have, in the order that
/// theirs would give: they fill an answer before what is popular at large does.
/// Memory: 4 bytes a neighbour, at most `kept` an item. Time: the sum of the squared lengths of the users' lists.
struct Neighbours: Sendable {
    let settings: NeighbourSettings
    /// Item × neighbour, best first.
    let rows: CompressedSparseRows

    /// - Parameters:
    ///   - profiles: per user the distinct items to count, in the order of first touch.
    ///   - compared: items whose similarity is calculated; nil is all.
    ///   - features: what likeness by metadata is added from.
    init?(
        profiles: [[Int32]],
        itemCount: Int,
        settings: NeighbourSettings,
        compared: Bitset? = nil,
        features: Features? = nil,
        shouldContinue: (Double) -> Bool = { _ in true }
    ) {
        let pairs = CoOccurrence(profiles: profiles, itemCount: itemCount, settings: settings, compared: compared, features: features)
        let size = max(16, min(512, itemCount / 64))
        guard let blocks = Threads.parallelMap(itemCount, size: size, shouldContinue: shouldContinue, { pairs.rows($0) }) else { return nil }
        let rows = CompressedSparseRows(lengths: blocks.flatMap(\.lengths), columns: blocks.flatMap(\.neighbours))
        self.init(settings: settings, rows: rows)
    }

    init(settings: NeighbourSettings, rows: CompressedSparseRows) {
        self.settings = settings
        self.rows = rows
    }

    /// Best first.
    func of(_ item: Int32) -> ArraySlice<Int32> { rows[Int(item)] }

    /// The nearest items by metadata or text alone; those that share nothing are none.
    /// - Returns: nil when `shouldContinue` said no; it is asked now and then with the share done.
    init?(_ features: Features, settings: NeighbourSettings, shouldContinue: (Double) -> Bool = { _ in true }) {
        let index = InvertedIndex(features)
        let size = max(16, min(512, features.count / 64))
        let blocks = Threads.parallelMap(features.count, size: size, shouldContinue: shouldContinue) {
            Self.nearest($0, features, index, settings.kept)
        }
        guard let rows = blocks?.flatMap(\.self) else { return nil }
        self.init(settings: settings, rows: CompressedSparseRows(rows))
    }

    /// The rows of some items, with one dense array of likeness: nearly every text shares a word with nearly every other.
    private static func nearest(_ items: Range<Int>, _ features: Features, _ index: InvertedIndex, _ kept: Int) -> [[Int32]] {
        var similarity = [Float](repeating: 0, count: features.count)
        return items.map { item in
            index.score(features.vector(item), into: &similarity)
            similarity[item] = 0
            let row = Array(TopK.select(similarity, kept).prefix { similarity[Int($0)] > 0 })
            for other in similarity.indices { similarity[other] = 0 }
            return row
        }
    }
}
