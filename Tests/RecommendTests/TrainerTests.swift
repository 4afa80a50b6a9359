import Synchronization
import Testing

@testable import Recommend

struct TrainerTests {
    static func refusal(_ request: TrainingRequest) -> TrainingFailure? {
        do throws(TrainingFailure) {
            _ = try Trainer.train(request)
            return nil
        } catch {
            return error
        }
    }

    @Test func `data below the minima are refused in the service's words`() {
        #expect(Self.refusal(Made.request(.sims, Made.events(users: 40, perUser: 24))) == .refused("Dataset has fewer than 1000 interactions"))
        var filtered = Made.request()
        filtered.selection.eventType = "watch"
        #expect(Self.refusal(filtered) == .refused("Dataset has fewer than 1000 interactions after filtering by event type: watch"))
        #expect(
            Self.refusal(Made.request(.popularityCount, Made.events(users: 24, perUser: 60)))
                == .refused("Create failed. Dataset has fewer than 25 users with at least 2 interactions each.")
        )
        let lone = (0..<3000).map { Made.Event(user: "lone\($0)", item: "i1", time: 1) }
        #expect(
            Self.refusal(Made.request(.popularityCount, Made.events(users: 26) + lone))
                == .refused("Create failed. Fewer than 1% of the users in the dataset have at least 2 interactions each.")
        )
        let untyped = Made.events().map { Made.Event(user: $0.user, item: $0.item, time: $0.time, type: nil) }
        let reserved = Made.events().map { Made.Event(user: $0.user, item: $0.item, time: $0.time, type: "EVENT_TYPE") }
        for events in [untyped, reserved] {
            #expect(Self.refusal(Made.request(.sims, events)) == .refused("All values in the event_type column are either reserved keywords or null"))
        }
        #expect(Self.refusal(TrainingRequest(recipe: .sims)) == .refused("Dataset has fewer than 1000 interactions"))
    }

    @Test func `streamed events count towards the minima`() {
        var request = Made.request(.popularityCount, Made.events(users: 40, perUser: 24))
        #expect(Self.refusal(request) != nil)
        request.streamed = (0..<100).map { StreamedEvent(userId: "u1", itemId: "s\($0)", timestamp: 5000) }
        #expect(Self.refusal(request) == nil)
    }

    @Test func `unknown and impossible hyperparameters are refused`() {
        var request = Made.request()
        request.algorithm = ["bptt": "33"]
        #expect(Self.refusal(request) == .refused("Value 33 of bptt is not between 2 and 32."))
        #expect(Hyperparameters.validate(.sims, algorithm: ["bptt": "3"]) == "Recipe aws-sims has no parameter bptt in algorithmHyperParameters.")
        #expect(
            Hyperparameters.validate(.sims, algorithm: ["popularity_discount_factor": "x"])
                == "Value x of popularity_discount_factor is not a number."
        )
        #expect(Hyperparameters.validate(.userPersonalization, algorithm: ["recency_mask": "True", "hidden_dimension": "32"]) == nil)
        #expect(Hyperparameters.validate(.userPersonalization, algorithm: ["recency_mask": "perhaps"]) != nil)
        #expect(Hyperparameters.validate(.userPersonalization, campaign: ["exploration_item_age_cut_off": "0"]) != nil)
        #expect(
            Hyperparameters.validate(.sims, featurization: ["min_item_interaction_count_percentile": "0.95"])
                == "Value 0.95 of min_item_interaction_count_percentile is above max_item_interaction_count_percentile."
        )
        for recipe in Recipe.allCases {
            let defaults = (Hyperparameters.defaults(of: recipe, .algorithm), Hyperparameters.defaults(of: recipe, .featurization))
            #expect(Hyperparameters.validate(recipe, algorithm: defaults.0, featurization: defaults.1) == nil)
        }
    }

    @Test(arguments: Recipe.allCases)
    func `training twice, from users in any order, gives the same bytes`(recipe: Recipe) throws {
        let events = Made.events()
        // Whole users change places; each keeps the order of its own events.
        let shuffled = (0..<60).sorted { Mixing.mix(UInt64($0)) < Mixing.mix(UInt64($1)) }.flatMap { user in events.filter { $0.user == "u\(user)" } }
        let paths = (0..<2).map { Made.path("same-\(recipe.rawValue)-\($0)") }
        let first = try Trainer.train(Made.fullRequest(recipe, events))
        let second = try Trainer.train(Made.fullRequest(recipe, shuffled))
        try first.model.save(to: paths[0])
        try second.model.save(to: paths[1])
        let bytes = paths.map(Files.read)
        #expect(bytes[0] == bytes[1] && bytes[0].count > 1000)
        #expect(first.evaluation.scores == second.evaluation.scores)
        for path in paths { Files.remove(path) }
    }

    @Test(arguments: Recipe.allCases)
    func `a loaded model answers as the saved one`(recipe: Recipe) throws {
        let request = Made.fullRequest(recipe)
        let model = try Trainer.train(request).model
        let path = Made.path("model-\(recipe.rawValue)")
        try model.save(to: path)
        let loaded = try TrainedModel.load(from: path)
        Files.remove(path)
        #expect(loaded.recipe == recipe && loaded.itemIds == model.itemIds && loaded.historyLimit == model.historyLimit)
        #expect(loaded.hyperparameters.map(\.name) == model.hyperparameters.map(\.name))
        for user in ["u1", "u59", "nobody"] {
            let history = model.history(of: user, adding: [("i3", 9999), ("unknown", 3), ("i4", 1)])
            #expect(loaded.history(of: user, adding: [("i3", 9999), ("unknown", 3), ("i4", 1)]) == history)
            #expect(
                loaded.recommend(history, count: 30, exploration: Exploration()) == model.recommend(history, count: 30, exploration: Exploration())
            )
            #expect(loaded.rank(history, ["i9", "zzz", "i2"]) == model.rank(history, ["i9", "zzz", "i2"]))
        }
        #expect(loaded.similar(to: "i7", count: 20) == model.similar(to: "i7", count: 20))
        #expect(loaded.users(forItem: "i7", count: 20) == model.users(forItem: "i7", count: 20))
        let genre = [(column: "GENRE", value: "g1")]
        #expect(loaded.users(forAttributes: genre, count: 20) == model.users(forAttributes: genre, count: 20))
        #expect(loaded.recommendActions(userId: "u7", now: 5_000_000) == model.recommendActions(userId: "u7", now: 5_000_000))
        #expect(loaded.trending(adding: [StreamedEvent](), count: 9) == model.trending(adding: [StreamedEvent](), count: 9))
        let fresh = [StreamedEvent(userId: "u1", itemId: "newer", timestamp: 9999)]
        let query = Query(userId: "u1", history: model.history(of: "u1"), context: ["DEVICE": "tv"], exploration: Exploration(weight: 1))
        #expect(loaded.refreshed(with: nil, streamed: fresh).recommend(query) == model.refreshed(with: nil, streamed: fresh).recommend(query))
    }

    @Test func `every phase reports, fractions only grow, and saying no stops`() throws {
        let seen = Mutex<[TrainingProgress]>([])
        let time = Mutex(0.0)
        func tick() -> Double {
            time.withLock {
                $0 += 1
                return $0
            }
        }
        _ = try Trainer.train(Made.request(), clock: tick) { progress in
            seen.withLock { $0.append(progress) }
            return true
        }
        let all = seen.withLock { $0 }
        #expect(Set(all.map(\.phase)) == [.reading, .evaluating, .learning])
        #expect(zip(all, all.dropFirst()).allSatisfy { $0.fraction <= $1.fraction })
        #expect(all.last?.fraction == 1 && all.last?.secondsLeft == 0 && all.first?.secondsLeft == nil)
        for stop in stride(from: 0, to: all.count, by: max(1, all.count / 8)) {
            let calls = Mutex(0)
            var failure: TrainingFailure?
            do throws(TrainingFailure) {
                _ = try Trainer.train(
                    Made.request(),
                    progress: { _ in
                        calls.withLock {
                            $0 += 1
                            return $0 <= stop
                        }
                    }
                )
            } catch {
                failure = error
            }
            #expect(failure == .stopped, "at report \(stop)")
        }
    }
}
