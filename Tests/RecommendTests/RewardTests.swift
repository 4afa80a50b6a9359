import Testing

@testable import Recommend

/// What an item is worth when an objective may be negative.
struct RewardTests {
    private static func request(_ worth: @escaping (Int) -> Double) -> TrainingRequest {
        var request = Made.request(.userPersonalization)
        var items = Table([ColumnSpec("ITEM_ID", .string), ColumnSpec("WORTH", .double)])
        for item in 0..<40 { _ = items.append([.string("i\(item)"), .double(worth(item))]) }
        request.items = items
        request.objective = Objective(itemAttribute: "WORTH", sensitivity: .medium)
        return request
    }

    private static func values(_ worth: @escaping (Int) -> Double) throws -> [Float] {
        let request = request(worth)
        let interactions = Interactions(request.interactions, items: request.items)
        return try #require(try Reward.read(request, interactions.items)).values
    }

    @Test func `the negative of a price is maximised and measured`() throws {
        let training = try Trainer.train(Self.request { -Double($0 % 9) - 1 })
        for cut in RankingScores.cuts {
            let figure = try #require(training.evaluation.metrics["average_rewards_at_\(cut)"])
            #expect(figure > 0 && figure <= 1, "\(cut): \(figure)")
        }
    }

    @Test func `negative values count from the least, others as they are`() throws {
        #expect(try Self.values { Double($0 % 9) } == Self.values { Double($0 % 9) - 8 })
        let kept = try Self.values { Double($0 % 9) + 5 }
        #expect(kept.min() == 5 && kept.max() == 13)
        #expect(Set(try Self.values { _ in -3 }) == [1])
    }
}
