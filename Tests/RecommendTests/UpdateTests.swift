import Testing

@testable import Recommend

/// trainingMode UPDATE: a model goes on with what came since it was trained.
struct UpdateTests {
    /// Everybody's walk along the ring, and then another walk, backwards.
    static let early = Made.events(users: 240, items: 40, perUser: 30)
    static let late = (0..<240).flatMap { user in
        (0..<8).map { Made.Event(user: "u\(user)", item: "i\((user + 80 - 3 * $0) % 40)", time: Int64(5000 + $0 * 10)) }
    }

    static func update(_ model: TrainedModel, _ events: [Made.Event], _ recipe: Recipe = .userPersonalization) throws -> TrainedModel {
        var request = Made.request(recipe, events)
        request.refreshing = model
        return try Trainer.train(request).model
    }

    @Test func `what came since is known of the users`() throws {
        let old = try Trainer.train(Made.request(.userPersonalization, Self.early)).model
        let fresh = try Self.update(old, Self.early + Self.late)
        #expect(fresh.history(of: "u3").count > old.history(of: "u3").count)
    }

    @Test func `with nothing new it is the same model`() throws {
        let old = try Trainer.train(Made.request(.userPersonalization, Self.early)).model
        let fresh = try Self.update(old, Self.early)
        #expect(fresh.recommend(fresh.history(of: "u5"), count: 20) == old.recommend(old.history(of: "u5"), count: 20))
    }

    @Test func `items that only the update knows are answered`() throws {
        let old = try Trainer.train(Made.request(.userPersonalization, Self.early)).model
        // A name before all others: every item gets another number.
        let more = (0..<100).map { Made.Event(user: "u\($0)", item: "a-first", time: 6000) }
        let fresh = try Self.update(old, Self.early + more)
        let item = try #require(fresh.items.index(of: "a-first"))
        #expect(item == 0 && fresh.isTrained(item))
        let query = Query(history: fresh.history(of: nil, adding: [("i20", 9000)]), count: 1)
        #expect(Made.items(fresh.recommend(query), fresh) == ["i21"])
    }

    /// A trained model as `tuned` would choose it, whatever the validation cut says.
    static func trained(_ events: [Made.Event]) throws -> (data: TrainingData, settings: FamilySettings, model: PersonalizedModel) {
        let request = Made.request(.userPersonalizationV2, events)
        let data = try TrainingData(request, Made.interactions(events))
        var settings = FamilySettings(request)
        settings.trainedShare = 1
        guard case .personal(let model) = data.fit(users: Array(0..<data.interactions.userCount), settings, shouldContinue: { _ in true }) else {
            throw TrainingFailure.stopped
        }
        return (data, settings, model)
    }

    @Test func `the trained model goes on where it stood, whatever numbers the items have now`() throws {
        let (data, settings, model) = try Self.trained(Self.early)
        let trained = try #require(model.trained)
        let more = [Made.Event(user: "u0", item: "a-first", time: 1)]
        let (now, _, counted) = try Self.trained(Self.early + more)
        let numbers = (0..<Int32(data.interactions.itemCount)).map { now.interactions.items.index(of: data.interactions.items[$0]) ?? -1 }
        #expect(numbers[0] == 1)
        let progress = LogLinear.Progress(
            trained,
            model.successors,
            starts: settings.logLinear.starts,
            numbers: numbers,
            itemCount: now.interactions.itemCount
        )
        let sequences = Sequences(now.interactions, users: 0..<now.interactions.userCount)
        let none = try #require(LogLinear(sequences, counted.successors, settings: settings.logLinear, passes: 0, from: progress))
        for item in 0..<data.interactions.itemCount where item != 3 {
            for entry in model.successors.pairs.entries(of: item) {
                let target = numbers[Int(model.successors.pairs.columns[entry])]
                let found = try #require(
                    counted.successors.pairs.entries(of: Int(numbers[item])).first { counted.successors.pairs.columns[$0] == target }
                )
                // Counts have moved a little with the one event more; what was learnt on top of them has not.
                for scale in 0..<2 {
                    let start = Float(settings.logLinear.starts[scale])
                    let before: Float = trained.pairWeights[scale][entry] - start * model.successors.pairWeights[entry]
                    let after: Float = none.pairWeights[scale][found] - start * counted.successors.pairWeights[found]
                    let moved = abs(before - after)
                    #expect(moved < 1e-4)
                }
            }
        }
    }

    @Test func `only what came since is gone through again, and it lowers the loss on that`() throws {
        let (_, settings, model) = try Self.trained(Self.early)
        let all = Made.interactions(Self.early + Self.late)
        let sequences = Sequences(all, users: 0..<all.userCount)
        let successors = try #require(TransitionModel(sequences, settings: settings.successors))
        let numbers = (0..<Int32(all.itemCount)).map(\.self)
        let progress = LogLinear.Progress(
            try #require(model.trained),
            model.successors,
            starts: settings.logLinear.starts,
            numbers: numbers,
            itemCount: all.itemCount
        )
        func losses(_ begin: Int, passes: Int) -> [Double] {
            var losses: [Double] = []
            let begins = [Int](repeating: begin, count: all.userCount)
            _ = LogLinear(sequences, successors, settings: settings.logLinear, passes: passes, begins: begins, from: progress) { _, loss in
                losses.append(loss)
                return true
            }
            return losses
        }
        let fresh = losses(30, passes: 6)
        // 240 users with 8 new events each, one chunk a user.
        let steps = 6 * (240 / LogLinearTrainer.batch)
        #expect(fresh.count == steps)
        let (first, last) = (fresh.prefix(60).reduce(0, +), fresh.suffix(60).reduce(0, +))
        #expect(last < 0.9 * first)
        #expect(losses(38, passes: 1).isEmpty)
    }

    @Test func `any number of threads gives the same update`() throws {
        let before = Threads.count
        defer { Threads.count = before }
        let old = try Trainer.train(Made.request(.userPersonalizationV2, Self.early)).model
        let files = try [1, 2, 5].map { threads in
            Threads.count = threads
            return try RecipeTests.bytes(Self.update(old, Self.early + Self.late, .userPersonalizationV2))
        }
        #expect(files[0] == files[1] && files[0] == files[2])
    }
}
