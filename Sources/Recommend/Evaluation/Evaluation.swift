/// How good a recipe is on this data: trained on nine tenths of the users, asked about the others.
package struct Evaluation: Sendable {
    /// Of the recipe.
    package let scores: RankingScores
    /// Of the list of the most popular items, given to everybody.
    package let popularity: RankingScores
    package let testUsers: Int
    package let queries: Int

    /// What GetSolutionMetrics answers.
    package var metrics: [String: Double] { scores.metrics }

    /// - Returns: nil when `goOn` said no.
    init?(
        _ recipe: Recipe,
        _ interactions: Interactions,
        _ settings: FamilySettings,
        seed: UInt64,
        among users: [Int]? = nil,
        goOn: (Double) -> Bool = { _ in true }
    ) {
        let split = Split(interactions, seed: seed, among: users)
        guard let family = recipe.fit(interactions, users: split.training, settings, goOn: { goOn($0 * 0.8) }) else { return nil }
        let popular = Popularity(uniqueUsers: interactions.uniqueUsers(among: split.training))
        let baseline = popular.top(25)
        var meter = RankingMeter(itemCount: interactions.itemCount)
        var baselineMeter = RankingMeter(itemCount: interactions.itemCount)
        var queries = 0
        var logits: [Float] = []
        for user in split.test {
            let events = interactions.events(of: user)
            let cut = Split.cut(events)
            for query in Self.queries(recipe, cut, events) {
                var truth = Set(interactions.itemOf[cut..<events.upperBound])
                let known = interactions.itemOf[events.lowerBound..<query]
                if recipe.asksByItem { truth.remove(known[known.endIndex - 1]) }
                if truth.isEmpty { continue }
                let list: [Int32]
                switch family {
                case .successors(let model):
                    model.score(known, into: &logits)
                    list = TopK.select(logits, 25)
                case .neighbours(let model):
                    list = Self.filled(model.of(known[known.endIndex - 1]), popular, without: known[known.endIndex - 1])
                case .popularity:
                    list = baseline
                }
                meter.add(list, truth: truth)
                baselineMeter.add(baseline, truth: truth)
                queries += 1
            }
        }
        guard goOn(1) else { return nil }
        scores = meter.scores
        popularity = baselineMeter.scores
        testUsers = split.test.count
        self.queries = queries
    }

    /// The places in a user's events before which a question is asked. Recipes that know users are asked once, at the cut. Similar items
    /// are asked for at each event of the newest tenth: the question is the item just before it, right are the other items of that tenth.
    private static func queries(_ recipe: Recipe, _ cut: Int, _ events: Range<Int>) -> Range<Int> {
        recipe.asksByItem ? cut..<events.upperBound : cut..<cut + 1
    }

    private static func filled(_ neighbours: ArraySlice<Int32>, _ popular: Popularity, without item: Int32) -> [Int32] {
        var list = Array(neighbours.prefix(25))
        for other in popular.order where list.count < 25 && other != item && !list.contains(other) { list.append(other) }
        return list
    }
}
