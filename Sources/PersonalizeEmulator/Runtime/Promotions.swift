import Recommend
import Shapes
import Wire

/// A promotion: a share of the list is taken from items of its own filter.
struct PromotionPlan {
    var name: String
    /// How many items of the list are promoted.
    var count: Int
    /// What its filter leaves.
    var allow: Bitset?

    /// Recipes that take promotions; all use cases do.
    static func isSupported(by model: TrainedModel) -> Bool {
        if model.useCase != nil { return true }
        return [.userPersonalization, .userPersonalizationV2, .similarItems, .sims, .trendingNow, .popularityCount].contains(model.recipe)
    }

    /// A share of the list, rounded down, and at least one: a promotion that is asked for is seen.
    static func count(percent: Int, of results: Int) -> Int {
        max(1, percent * results / 100)
    }
}

extension RecommendationEngine {
    /// - Throws: `InvalidInputException` for a promotion that lacks a part, or that the recipe does not take.
    func promotion(
        _ promotions: [PersonalizeRuntime.Promotion]?,
        for request: RecommendationRequest,
        count: Int,
        _ call: Call
    ) throws(ServiceError) -> PromotionPlan? {
        guard let promotion = promotions?.first else { return nil }
        guard PromotionPlan.isSupported(by: request.deployed.model) else {
            throw .PersonalizeRuntime.invalidInput("The recipe of this campaign does not support promotions.")
        }
        guard let name = promotion.name else { throw .PersonalizeRuntime.invalidInput("A promotion must have a name.") }
        guard let filter = promotion.filterArn else { throw .PersonalizeRuntime.invalidInput("A promotion must have a filterArn.") }
        guard let percent = promotion.percentPromotedItems else {
            throw .PersonalizeRuntime.invalidInput("A promotion must have percentPromotedItems.")
        }
        return PromotionPlan(
            name: name,
            count: PromotionPlan.count(percent: percent, of: count),
            allow: try allowedItems(filter, promotion.filterValues, for: request, call)
        )
    }

    /// The list with promoted items at random positions, both kinds in their own order.
    /// - Parameter random: which positions they get.
    func mixed(
        _ promotion: PromotionPlan,
        _ request: RecommendationRequest,
        count: Int,
        allow: Bitset?,
        random: inout some RandomNumberGenerator
    ) throws(ServiceError) -> [(item: Recommendation, isPromoted: Bool)] {
        let promoted = try answer(request, count: promotion.count, allow: promotion.allow)
        let taken = Set(promoted.map(\.item))
        // As many as are needed remain when all that are promoted are taken out.
        let others = try answer(request, count: count, allow: allow).filter { !taken.contains($0.item) }.prefix(count - promoted.count)
        let total = promoted.count + others.count
        let chosen = Set((0..<total).shuffled(using: &random).prefix(promoted.count))
        var (promotedLeft, othersLeft) = (promoted[...], others[...])
        return (0..<total).map { position in
            chosen.contains(position) ? (promotedLeft.removeFirst(), true) : (othersLeft.removeFirst(), false)
        }
    }
}

/// SplitMix64 from a seed and what was asked: the same request has the same chance.
struct SeededChance: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64, _ texts: [String?]) {
        state = seed
        for text in texts {
            for byte in (text ?? "").utf8 { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
            state = (state ^ 0xff) &* 0x0000_0100_0000_01b3
        }
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}
