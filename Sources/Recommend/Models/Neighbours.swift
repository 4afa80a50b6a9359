/// The numbers of the co-interaction model (recipe aws-sims).
package struct NeighbourSettings: Sendable, Equatable {
    /// popularity_discount_factor: 0 ranks by shared users alone, 0.5 is the cosine, 1 is the lift against chance.
    package var popularityDiscount = 0.5
    /// min_cointeraction_count: pairs with fewer shared users have no similarity.
    package var leastShared = 3
    /// So many users are added to every item's number before the discount, so that few users in common do not count as similarity.
    package var shrinkage = 60.0
    /// How fast a pair fades with the number of other items that the user touched between the two: exp(-between / nearness); 0 is never.
    package var nearness = 20.0
    /// The share of a pair's weight that does not fade.
    package var lasting = 0.2
    /// How many neighbours an item keeps: a full answer of 500, and as many again for filters to take from.
    package var kept = 1000
    /// How much similarity by metadata counts beside a cosine of co-interaction (aws-similar-items).
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
/// touches of the two. Of these an item keeps the `kept` best.
///
/// With metadata (aws-similar-items) `metadata` times the similarity of their metadata is added, and items that have nothing but metadata in
/// common are similar too; with texts alone (aws-semantic-similarity) the similarity of the texts is all there is. Nearly every text shares a
/// word with nearly every other, so these are not counted in advance: an index finds the best when they are asked for.
///
/// Pairs that have no similarity (too few shared users, or an item outside the percentiles) stand behind all that have, in the order that
/// theirs would give: they fill an answer before what is popular at large does.
/// Memory: 4 bytes a neighbour, at most `kept` an item, 4 more with metadata. Time: the sum of the squared lengths of the users' lists.
struct Neighbours: Sendable {
    let settings: NeighbourSettings
    /// Item × neighbour, best first.
    let similar: CompressedSparseRows
    /// The similarity of each by shared users; empty where nothing is added to it.
    let cosines: [Float]
    /// Item × neighbour without similarity, best first.
    let others: CompressedSparseRows
    /// Where similarity by metadata or text comes from.
    let index: InvertedIndex?

    /// - Parameters:
    ///   - profiles: per user the distinct items to count, in the order of first touch.
    ///   - compared: items whose similarity is calculated; nil is all.
    ///   - features: what similarity by metadata is added from.
    init?(
        profiles: [[Int32]],
        itemCount: Int,
        settings: NeighbourSettings,
        compared: Bitset? = nil,
        features: Features? = nil,
        shouldContinue: (Double) -> Bool = { _ in true }
    ) {
        let pairs = CoOccurrence(profiles: profiles, itemCount: itemCount, settings: settings, compared: compared)
        let size = max(16, min(512, itemCount / 64))
        let withCosines = features != nil
        let blocks = Threads.parallelMap(itemCount, size: size, shouldContinue: shouldContinue) { pairs.rows($0, withCosines: withCosines) }
        guard let blocks else { return nil }
        self.init(
            settings: settings,
            similar: CompressedSparseRows(joining: blocks.lazy.map(\.similar)),
            cosines: blocks.flatMap(\.cosines),
            others: CompressedSparseRows(joining: blocks.lazy.map(\.others)),
            index: features.map { InvertedIndex($0) }
        )
    }

    init(settings: NeighbourSettings, similar: CompressedSparseRows, cosines: [Float], others: CompressedSparseRows, index: InvertedIndex?) {
        self.settings = settings
        self.similar = similar
        self.cosines = cosines
        self.others = others
        self.index = index
    }

    /// By metadata or text alone; items that share no token are not similar.
    init(_ features: Features, settings: NeighbourSettings) {
        var settings = settings
        settings.metadata = 1
        var none = CompressedSparseRows()
        none.appendEmptyRows(features.count)
        self.init(settings: settings, similar: none, cosines: [], others: none, index: InvertedIndex(features))
    }

    /// The items most similar to one, best first, of equal ones the first; then those without similarity. Exact, whatever is kept.
    /// - Parameter allow: items that may be answered; nil is all.
    func nearest(to item: Int32, count: Int, allow: Bitset? = nil) -> [Int32] {
        func isAllowed(_ other: Int32) -> Bool { other != item && allow?[Int(other)] ?? true }
        var answer: [Int32] = []
        if let index {
            let range = similar.entries(of: Int(item))
            let own = Set(similar.columns[range])
            let vector = index.vector(Int(item))
            var best = TopK(capacity: count)
            let similarities = index.similarities(of: similar.columns[range], to: vector)
            for (entry, similarity) in zip(range, similarities) where isAllowed(similar.columns[entry]) {
                best.add(Float(Double(cosines[entry]) + settings.metadata * Double(similarity)), similar.columns[entry])
            }
            let weight = Float(settings.metadata)
            for (other, similarity) in index.nearest(to: vector, count: count, where: { isAllowed($0) && !own.contains($0) }) {
                best.add(weight * similarity, other)
            }
            answer = best.sorted()
            // What has no similarity by users may have been found by its metadata.
            let found = Set(answer)
            let rest = answer.count < count ? others[Int(item)].filter { isAllowed($0) && !found.contains($0) } : []
            return answer + rest.prefix(count - answer.count)
        }
        for row in [similar[Int(item)], others[Int(item)]] {
            for other in row where answer.count < count && isAllowed(other) { answer.append(other) }
        }
        return answer
    }
}
