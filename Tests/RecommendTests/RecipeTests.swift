import Testing

@testable import Recommend

/// What each recipe is for, beyond the two laws.
struct RecipeTests {
    static func train(_ recipe: Recipe, _ change: (inout TrainingRequest) -> Void = { _ in }) throws -> Training {
        var request = Made.fullRequest(recipe)
        change(&request)
        return try Trainer.train(request)
    }

    static func bytes(_ model: TrainedModel) throws -> [UInt8] {
        let path = Made.path("recipe")
        try model.save(to: path)
        defer { Files.remove(path) }
        return Files.read(path)
    }

    // MARK: Segments

    @Test func `affinity is the probability of the dense softmax, and an attribute's the sum over its items`() throws {
        let model = try Self.train(.itemAttributeAffinity).model
        guard case .affinity(let affinity) = model.family else { throw FileFailure(path: "", reason: "not an affinity model", kind: .contents) }
        let item = try #require(model.items.index(of: "i8"))
        let scores = affinity.scores(item, model.histories)
        let members = affinity.items(with: [(column: "genre", value: "g1")])
        let named = members.map { model.items[$0] }.sorted()
        let expected = ["cold1", "i1", "i13", "i17", "i21", "i25", "i29", "i33", "i37", "i5", "i9"]
        #expect(named == expected)
        let sums = affinity.scores(members, model.histories)
        var logits: [Float] = []
        for user in 0..<model.histories.userCount {
            affinity.successors.score(Array(model.histories.items(of: user)), into: &logits)
            let scale = Softmax.scale(logits, temperature: 1)
            #expect(abs(Platform.exp(Double(scores[user])) - scale.probability(logits[Int(item)])) < 1e-4)
            var sum = 0.0
            for member in members { sum += scale.probability(logits[Int(member)]) }
            #expect(abs(Double(sums[user]) - sum) < 1e-4)
        }
    }

    @Test func `segments name users best first, within a filter; unknown items and attributes have none`() throws {
        let training = try Self.train(.itemAffinity)
        let model = training.model
        let all = try #require(model.users(forItem: "i8", count: 1000))
        #expect(all.count == 60 && Set(all).count == 60)
        var allow = Bitset(count: model.userIds.count, filled: true)
        allow[Int(try #require(model.userIds.index(of: all[0])))] = false
        #expect(model.users(forItem: "i8", count: 3, allow: allow) == Array(all[1...3]))
        #expect(model.users(forItem: "never", count: 3) == nil && model.users(forItem: "cold1", count: 3) == nil)
        #expect(Set(training.evaluation.metrics.keys) == ["coverage", "hits_at_1_percent", "recall_at_1_percent"])
        let attributes = try Self.train(.itemAttributeAffinity).model
        #expect(attributes.users(forAttributes: [(column: "GENRE", value: "none")], count: 3) == nil)
        #expect(attributes.users(forAttributes: [(column: "GENRE", value: "g1"), (column: "GENRE", value: "g2")], count: 3) == nil)
        #expect(attributes.users(forAttributes: [(column: "GENRE", value: "g1"), (column: "GENRE", value: "all")], count: 3)?.count == 3)
    }

    @Test func `attributes that all or none share cannot be trained on`() {
        var request = Made.fullRequest(.itemAttributeAffinity)
        request.excludedColumns = [.items: ["genre", "PRICE", "TEXT"]]
        #expect(TrainerTests.refusal(request) == .refused(Preconditions.noAttributes))
        request.items = nil
        #expect(TrainerTests.refusal(request) == .refused(Preconditions.noAttributes))
    }

    // MARK: Trending

    @Test func `trending counts anew with each event, without training`() throws {
        let training = try Self.train(.trendingNow) { $0.featurization = ["trend_discovery_frequency": "30 minutes"] }
        let model = training.model
        #expect(model.trendReach == 5 * 1800 && training.evaluation.metrics["trend_prediction_accuracy"] != nil)
        let late = (0..<30).map { StreamedEvent(userId: "n\($0)", itemId: "i7", timestamp: EpochSeconds(100_000 + Int64($0))) }
        let early = (0..<20).map { StreamedEvent(userId: "n\($0)", itemId: "i5", timestamp: EpochSeconds(97_500 + Int64($0))) }
        #expect(model.items[model.trending(adding: late, count: 1)[0].item] == "i7")
        #expect(model.items[model.trending(adding: early, count: 1)[0].item] == "i5")
        #expect(!Made.items(model.trending(adding: early + late, count: 1), model).contains("i5"))
        // Two silent intervals: what is popular.
        let popular = Made.items(model.popular(10), model)
        #expect(Made.items(model.trending(at: 10_000_000, adding: early + late, count: 10), model) == popular)
    }

    @Test func `trends are judged by the clock while the data are alive, and else by their newest interaction`() throws {
        let model = try Self.train(.trendingNow) { $0.featurization = ["trend_discovery_frequency": "30 minutes"] }.model
        guard case .trending(let trends) = model.family else { throw TrainingFailure.refused("no trends") }
        let newest = trends.newest
        func moment(_ now: Int64, since start: Int64, _ streamed: [Int64] = []) -> Int64? {
            let events = streamed.map { StreamedEvent(userId: "u", itemId: "i1", timestamp: EpochSeconds($0)) }
            return model.trendMoment(now: EpochSeconds(now), servingSince: EpochSeconds(start), adding: events)?.value
        }
        let start = newest + 100_000
        #expect(moment(start + 10, since: start) == newest)
        #expect(moment(start + 10, since: start, [newest + 5]) == newest + 5)
        #expect(moment(start + 9000, since: start, [start + 4]) == start + 9000)
        #expect(moment(newest + 9000, since: newest + 3599) == newest + 9000)
        #expect(moment(newest + 9000, since: newest + 3600) == newest)
        // A time that has not come yet, milliseconds among them, makes nothing alive.
        #expect(moment(start + 10, since: start, [start * 1000]) == newest)
    }

    // MARK: Related items

    @Test func `an item without interactions is answered by its metadata, or its text`() throws {
        let similar = try Self.train(.similarItems) { $0.excludedColumns = [.items: ["PRICE", "TEXT"]] }.model
        let byGenre = Made.items(similar.similar(to: "cold1", count: 5), similar)
        #expect(byGenre.allSatisfy { $0.hasPrefix("cold") || (Int($0.dropFirst()) ?? 0) % 4 == 1 })
        let text = try Self.train(.semanticSimilarity).model
        let byText = Made.items(text.similar(to: "cold2", count: 5), text)
        #expect(byText.allSatisfy { $0.hasPrefix("cold") || (Int($0.dropFirst()) ?? 0) % 7 == 2 })
        let sims = try Self.train(.sims).model
        #expect(sims.similar(to: "cold1", count: 5) == sims.popular(5))
    }

    @Test func `what influences a ranking raises what is popular or young among the nearest`() {
        let nearest: [Int32] = [4, 2, 0, 1, 3]
        func ordered(_ popularity: Double, _ freshness: Double) -> [Int32] {
            RankingInfluence(popularity: popularity, freshness: freshness)
                .ordered(nearest, users: [9, 1, 5, 7, 0], created: [0, 30, 10, 40, 10])
        }
        #expect(ordered(0, 0) == nearest)
        // Nearness 1, .75, .5, .25, 0; popular 0, .5, 1, .25, .75; fresh .25, .25, 0, .75, 1.
        #expect(ordered(1, 0) == [0, 2, 4, 3, 1])
        #expect(ordered(0, 1) == [4, 2, 1, 3, 0])
        #expect(ordered(1, 1) == [3, 2, 0, 4, 1])
        #expect(ordered(0.4, 0) == [4, 2, 0, 1, 3])
        let long = (0..<150).map { Int32($0) }
        let order = RankingInfluence(popularity: 1).ordered(long, users: long, created: long.map { _ in 0 })
        #expect(Set(order.prefix(100)) == Set(long.prefix(100)) && Array(order.suffix(50)) == Array(long.suffix(50)))
        #expect(RankingInfluence(freshness: 1).ordered(long, users: long, created: long.map { _ in 0 }) == long)
    }

    @Test func `text near text: words count, rare ones more, endings and case do not`() throws {
        #expect(Words.counted("The Cats, the CAT; x").map(\.word) == ["cat", "the"])
        var table = Table([ColumnSpec("ITEM_ID", .string), ColumnSpec("TEXT", .string, textual: true)])
        for (id, text) in [("a", "red balloon over the sea"), ("b", "Balloons over the town"), ("c", "the sea by night in winter"), ("d", "a walk")] {
            _ = table.append([.string(id), .string(text)])
        }
        let ids = IdMap(["a", "b", "c", "d"])
        let features = Features(table, key: "ITEM_ID", entities: ids, reading: .text)
        #expect(Neighbours(features, settings: NeighbourSettings()).nearest(to: 0, count: 9) == [1, 2])
        // Of length 1.
        let length = features.vector(0).map { $0.weight * $0.weight }.reduce(0, +)
        #expect(abs(length - 1) < 1e-5)
    }

    // MARK: Requests

    @Test func `only the ratios of event weights matter, and only listed types count`() throws {
        func model(_ weights: [(String, Double)]) throws -> TrainedModel {
            try Self.train(.userPersonalizationV2) { request in
                request.interactions = Made.table(Made.events(users: 160))
                request.selection.weights = weights.map { Interactions.EventWeight(eventType: $0.0, weight: $0.1) }
            }.model
        }
        func list(_ model: TrainedModel) -> [Recommendation] { model.recommend(model.history(of: "u3"), count: 40) }
        let first = list(try model([("click", 0.5), ("watch", 0.25)]))
        #expect(first == list(try model([("click", 1), ("watch", 0.5)])))
        #expect(first != list(try model([("click", 0.25), ("watch", 1)])))
        let only = try model([("Watch", 1)])
        #expect(only.history(of: nil, adding: [StreamedEvent(userId: "x", itemId: "i1", eventType: "click", timestamp: 1)]).isEmpty)
        #expect(only.history(of: nil, adding: [StreamedEvent(userId: "x", itemId: "i1", eventType: "watch", timestamp: 1)]).count == 1)
    }

    @Test func `an unknown user with metadata gets what such users like; an excluded column says nothing`() throws {
        let events =
            Made.events()
            + (0..<60).flatMap { user in
                (0..<6).map { Made.Event(user: "u\(user)", item: "only\(user % 3)", time: Int64(3000 + $0), type: "v\($0)") }
            }
        func first(_ user: String, _ change: (inout TrainingRequest) -> Void = { _ in }) throws -> String {
            var request = Made.fullRequest(.userPersonalization, events)
            change(&request)
            let model = try Trainer.train(request).model
            let query = Query(userId: user, history: model.history(of: user), count: 1)
            return model.items[model.recommend(query)[0].item]
        }
        // u60 … u69 are in the Users dataset and never did anything.
        #expect(try first("u61") == "only1")
        #expect(try first("u62") == "only2")
        let blind: (inout TrainingRequest) -> Void = { $0.excludedColumns = [.users: ["CLASS"]] }
        #expect(try first("u61", blind) == first("u62", blind))
    }

    @Test func `context lifts what is done in it`() throws {
        var table = Table(Made.interactionSpecs + [ColumnSpec("DEVICE", .string, nullable: true, categorical: true)])
        for (number, event) in Made.events().enumerated() {
            let device = Int(event.item.dropFirst()).map { $0 % 2 == 0 ? "tv" : "phone" } ?? "tv"
            let values: [Value] = [
                .string(event.user), .string(event.item), .long(event.time), .string("click"), number % 9 == 0 ? .null : .string(device),
            ]
            #expect(table.append(values) == nil)
        }
        let model = try Self.train(.userPersonalization) { $0.interactions = table }.model
        func even(_ device: String) -> Int {
            let list = model.recommend(Query(history: [], context: ["DEVICE": device], count: 10))
            return Made.items(list, model).count { (Int($0.dropFirst()) ?? 1) % 2 == 0 }
        }
        #expect(even("tv") == 10 && even("phone") == 0)
        #expect(model.recommend(Query(context: ["DEVICE": "radio"])) == model.recommend(Query()))
    }

    @Test func `shown and not chosen is less likely, for that user only`() throws {
        let shown = StreamedEvent(userId: "u3", itemId: "i1", eventType: "click", timestamp: 2000, impression: ["i1", "i20", "i21"])
        let silent = StreamedEvent(userId: "u3", itemId: "i1", eventType: "click", timestamp: 2000)
        func score(_ event: StreamedEvent, _ user: String, _ item: String) throws -> Double {
            let model = try Self.train(.userPersonalization) { $0.streamed = [event] }.model
            let list = model.recommend(Query(userId: user, history: model.history(of: user), count: 100))
            return try #require(list.first { model.items[$0.item] == item }?.score)
        }
        #expect(try score(shown, "u3", "i20") < score(silent, "u3", "i20"))
        #expect(try score(shown, "u3", "i1") >= score(silent, "u3", "i1"))
        #expect(try score(shown, "u4", "i20") == score(silent, "u4", "i20"))
    }

    @Test func `an objective lifts what is worth more, and is measured; OFF changes nothing`() throws {
        func training(_ sensitivity: Objective.Sensitivity?) throws -> Training {
            try Self.train(.userPersonalization) { request in
                request.objective = sensitivity.map { Objective(itemAttribute: "PRICE", sensitivity: $0) }
            }
        }
        func worth(_ training: Training) -> Int {
            let model = training.model
            let numbers = Made.items(model.recommend(model.history(of: "u3"), count: 5), model).map { Int($0.dropFirst()) ?? 0 }
            return numbers.reduce(0) { $0 + $1 % 9 }
        }
        let high = try training(.high)
        let none = try training(nil)
        #expect(worth(high) > worth(none))
        #expect(worth(try training(.off)) == worth(none))
        #expect(high.evaluation.metrics["average_rewards_at_25"] != nil && none.evaluation.metrics["average_rewards_at_25"] == nil)
        var wrong = Made.fullRequest(.userPersonalization)
        wrong.objective = Objective(itemAttribute: "GENRE", sensitivity: .low)
        #expect(TrainerTests.refusal(wrong) != nil)
    }

    @Test func `a refresh lets new items in without learning anew`() throws {
        let model = try Self.train(.userPersonalization).model
        var items = Table([ColumnSpec("ITEM_ID", .string), ColumnSpec("GENRE", .string, nullable: true, categorical: true)])
        _ = items.append([.string("brandnew"), .string("g1|all")])
        let fresh = model.refreshed(with: items, streamed: [StreamedEvent(userId: "u1", itemId: "streamed", timestamp: 5000)])
        #expect(model.items.index(of: "brandnew") == nil)
        #expect(fresh.items.count == model.items.count + 2 && fresh.itemIds.prefix(model.items.count).elementsEqual(model.itemIds))
        let new = try #require(fresh.items.index(of: "brandnew"))
        #expect(!fresh.isTrained(new) && fresh.rank([], ["brandnew", "i1"]).map(\.itemId) == ["i1", "brandnew"])
        func rank(_ weight: Double) throws -> Int {
            let list = fresh.recommend(Query(history: fresh.history(of: "u3"), count: 100, exploration: Exploration(weight: weight)))
            return try #require(list.firstIndex { $0.item == new })
        }
        #expect(try rank(1) < rank(0.3))
        #expect(try rank(0.3) <= rank(0))
        let old = model.recommend(model.history(of: "u3"), count: 5).map(\.item)
        #expect(fresh.recommend(fresh.history(of: "u3"), count: 5).map(\.item) == old)
        let update = try Self.train(.userPersonalization) {
            $0.refreshing = model
            $0.items = items
        }
        #expect(update.model.items.index(of: "brandnew") != nil && update.model.streamedEvents == model.streamedEvents)
    }

    @Test(arguments: UseCase.allCases)
    func `every use case trains, and its answers carry no score`(useCase: UseCase) throws {
        let events = Made.events(users: 120).map { Made.Event(user: $0.user, item: $0.item, time: $0.time, type: useCase.eventType ?? "Watch") }
        var request = TrainingRequest(useCase)
        request.interactions = Made.table(events)
        request.items = Made.fullRequest(.similarItems).items
        let model = try Trainer.train(request).model
        let lists = [
            model.recommend(model.history(of: "u3"), count: 5), model.similar(to: "i4", count: 5),
            model.trending(adding: [StreamedEvent](), count: 5),
        ]
        #expect(lists.allSatisfy { $0.count == 5 && $0.allSatisfy { $0.score == nil } })
        #expect(model.useCase == useCase && model.recipe == useCase.recipe)
    }

    @Test func `every hyperparameter of every recipe steers something`() throws {
        for recipe in Recipe.allCases {
            let usual = try Self.bytes(try Self.train(recipe).model)
            for parameter in Hyperparameters.parameters(of: recipe) where parameter.section != .campaign {
                let other: String
                switch parameter.range {
                case .integer(let range): other = String(parameter.defaultValue == String(range.lowerBound) ? range.upperBound : range.lowerBound)
                case .continuous: other = (Double(parameter.defaultValue) ?? 0) > 0.5 ? "0.6" : "0.4"
                case .positive: other = "1000"
                case .categories(let names): other = names.first { $0 != parameter.defaultValue.lowercased() } ?? ""
                }
                let model = try Self.train(recipe) { request in
                    // Item counts must differ for their percentiles to matter, and moments for an origin of time.
                    if parameter.section == .algorithm {
                        request.algorithm[parameter.name] = other
                    } else {
                        request.featurization[parameter.name] = other
                    }
                }.model
                // The file names the parameters; without those lines the rest must differ too.
                let changed = try Self.bytes(model)
                let mark = Array("\(parameter.name)".utf8)
                #expect(changed != usual, "\(recipe.rawValue) \(String(decoding: mark, as: UTF8.self))")
            }
        }
    }

    // MARK: Search

    @Test func `a search is bounded, repeats itself, stays in its ranges and is no worse than none on its own cut`() throws {
        let search = HyperparameterSearch(integers: ["bptt": 4...9], categories: ["recency_mask": ["true", "false"]], maximumJobs: 5)
        let runs = try (0..<2).map { _ in try Self.train(.userPersonalization) { $0.search = search } }
        #expect(runs[0].tunedHyperparameters == runs[1].tunedHyperparameters && runs[0].evaluation.scores == runs[1].evaluation.scores)
        #expect(Set(runs[0].tunedHyperparameters.keys) == ["bptt", "recency_mask"])
        let tuned = try #require(runs[0].tunedHyperparameters["bptt"].flatMap { Int($0) })
        #expect((4...9).contains(tuned))
        #expect(runs[0].model.hyperparameters.first { $0.name == "bptt" }?.value == runs[0].tunedHyperparameters["bptt"])
        let candidates = search.candidates(.userPersonalization, given: [:])
        #expect(candidates.count <= 5 && Set(candidates).count == candidates.count)
        #expect(HyperparameterSearch(integers: ["bptt": 1...9]).fault(.userPersonalization) != nil)
        #expect(HyperparameterSearch(objective: .init(metric: "profit")).fault(.sims) != nil)
        #expect(HyperparameterSearch(objective: .init(metric: "coverage")).fault(.sims) == nil)
        #expect(HyperparameterSearch(maximumJobs: 41).fault(.userPersonalization) != nil)
        #expect(HyperparameterSearch().fault(.popularityCount) != nil && HyperparameterSearch().fault(.sims) == nil)
        #expect(HyperparameterSearch(reals: ["min_cointeraction_count": 0...1]).fault(.sims) != nil)
    }
}
