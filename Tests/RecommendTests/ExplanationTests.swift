import Testing

@testable import Recommend

/// The parts of a score add up to the score that is served, for every recipe that scores.
@Suite struct ExplanationTests {
    private static let personal = Recipe.allCases.filter { $0.family == .personal }

    private func model(_ recipe: Recipe, _ adjust: (inout TrainingRequest) -> Void = { _ in }) throws -> TrainedModel {
        var request = Made.fullRequest(recipe)
        adjust(&request)
        return try Trainer.train(request).model
    }

    private func query(_ model: TrainedModel, _ user: String, fresh: [String] = [], count: Int = 50) -> Query {
        let streamed = fresh.enumerated().map { (itemId: $0.element, time: EpochSeconds(5000 + Int64($0.offset))) }
        let history = model.history(of: user, adding: streamed)
        return Query(userId: user, history: history, count: count, exploration: model.defaultExploration)
    }

    @Test(arguments: personal)
    func `the parts of every item of a list add up to its score`(recipe: Recipe) throws {
        let model = try model(recipe)
        for (user, fresh) in [("u3", []), ("u3", ["i7", "i8", "i7"]), ("u65", []), ("nobody", []), ("nobody", ["i1", "cold0"])] {
            let query = query(model, user, fresh: fresh)
            let answer = model.recommend(query)
            #expect(answer.count > 30)
            for (position, line) in answer.enumerated() {
                let found = try #require(model.explain(model.items[line.item], query))
                #expect(found.score == line.score && found.rank == position + 1)
                #expect(abs(Platform.exp(found.sum) / found.probability - 1) < 1e-4, "\(recipe) \(user) \(model.items[line.item]): \(found)")
            }
        }
    }

    @Test(arguments: personal.filter(\.ranksLists))
    func `the parts of every item of a ranking add up to its score`(recipe: Recipe) throws {
        let model = try model(recipe)
        let query = query(model, "u5", fresh: ["i2"])
        let list = ["i9", "i3", "i4", "i9", "cold1", "unknown", "i30"]
        let ranked = model.rank(query, list)
        for line in ranked {
            let found = model.explain(line.itemId, query, among: list)
            #expect(found?.score == line.score)
            guard let found else { continue }
            // Items of equal scores share a place.
            #expect(found.rank == 1 + ranked.count { $0.score ?? 0 > found.score ?? 0 })
            #expect(abs(Platform.exp(found.sum) / found.probability - 1) < 1e-4)
        }
        #expect(model.explain("i5", query, among: list) == nil)
    }

    @Test func `the parts of an action add up to its log odds`() throws {
        let model = try model(.nextBestAction)
        for user in ["u1", "u2", "nobody"] {
            let answer = model.recommendActions(userId: user, now: EpochSeconds(2_000_000), count: 5)
            #expect(!answer.isEmpty)
            for line in answer {
                let found = try #require(model.explain(action: line.actionId, userId: user, adding: []))
                #expect(found.score ?? 0 == line.score)
                #expect(abs(Logistic.sigmoid(found.sum) - found.probability) < 1e-12 || found.score == nil)
            }
        }
    }

    @Test(arguments: Recipe.allCases.filter { $0.family != .personal && $0.family != .actions })
    func `recipes without scores have no parts`(recipe: Recipe) throws {
        let model = try model(recipe)
        #expect(!recipe.isScored && model.explain("i1", Query()) == nil)
        #expect(model.recommend(Query(count: 3)).allSatisfy { $0.score == nil })
    }

    @Test func `each event of the history has a line, and a click that is taken away takes its line with it`() throws {
        let model = try model(.userPersonalization)
        let before = query(model, "u3")
        let after = query(model, "u3", fresh: ["i20"])
        let found = try #require(model.explain("i21", after))
        let newest = after.history.count - 1
        #expect(found.lines.contains { $0.part == .history && $0.event == newest && $0.value > 0 })
        let old = try #require(model.explain("i21", before))
        #expect(!old.lines.contains { $0.event == newest })
        #expect(found.probability > old.probability)
    }

    @Test func `what is known of the user, the request and the item has lines of its own`() throws {
        let model = try model(.userPersonalization)
        let parts = Set(try #require(model.explain("i1", query(model, "u65"))).lines.map(\.part))
        #expect(parts.isSuperset(of: [.prior, .userMetadata, .normalization]))
        let cold = Set(try #require(model.explain("cold0", query(model, "u3"))).lines.map(\.part))
        #expect(cold.contains(.itemMetadata) || cold.contains(.exploration))
    }
}
