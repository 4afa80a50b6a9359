import Testing

@testable import Recommend

struct ModelTests {
    static func model(_ recipe: Recipe = .userPersonalization, _ events: [Made.Event] = Made.events(), items: Table? = nil) throws -> TrainedModel {
        var request = Made.request(recipe, events)
        request.items = items
        return try Trainer.train(request).model
    }

    @Test func `scores fall, sum to 1 over the catalogue, and have seven decimals`() throws {
        let model = try Self.model()
        let answer = model.recommend(model.history(of: "u3"), count: 1000)
        let scores = answer.compactMap(\.score)
        #expect(answer.count == 40 && scores.count == 40 && Set(answer.map(\.item)).count == 40)
        #expect(zip(scores, scores.dropFirst()).allSatisfy { $0 >= $1 })
        #expect(abs(scores.reduce(0, +) - 1) < 1e-5)
        #expect(scores.allSatisfy { ($0 * 1e7).rounded() / 1e7 == $0 })
    }

    @Test func `a filter leaves scores as they are`() throws {
        let model = try Self.model()
        var allow = Bitset(count: 40)
        for item in stride(from: 0, to: 40, by: 4) { allow[item] = true }
        let all = model.recommend(model.history(of: "u3"), count: 40)
        #expect(model.recommend(model.history(of: "u3"), count: 5, allow: allow) == Array(all.filter { $0.item % 4 == 0 }.prefix(5)))
    }

    @Test func `a new event moves that user's answer, the newer the more, and nobody else's`() throws {
        let model = try Self.model()
        func answer(_ user: String, _ time: EpochSeconds?) -> [String] {
            Made.items(model.recommend(model.history(of: user, adding: time.map { [("i20", $0)] } ?? []), count: 5), model)
        }
        #expect(answer("u3", 5000) != answer("u3", nil))
        #expect(answer("u3", 5000).contains("i21"))
        #expect(model.history(of: "u3", adding: [("i20", 5)]).first?.item == model.items.index(of: "i20"))
        #expect(model.history(of: "u3", adding: [("i20", 1000)])[1].item == model.items.index(of: "i20"))
        #expect(answer("u4", nil) == Made.items(model.recommend(model.history(of: "u4"), count: 5), model))
    }

    @Test func `an unknown user gets what is popular, with scores, until the first event`() throws {
        let events = Made.events() + (0..<120).map { Made.Event(user: "u\($0 % 60)", item: "hit", time: Int64(2000 + $0)) }
        let model = try Self.model(.userPersonalization, events)
        let cold = model.recommend(model.history(of: "nobody"), count: 5)
        #expect(model.items[cold[0].item] == "hit" && cold[0].score != nil)
        #expect(model.recommend(model.history(of: "nobody", adding: [("i20", 1)]), count: 5) != cold)
    }

    @Test func `exploration lifts young items, more with more weight, and weight 0 does nothing`() throws {
        let day: Int64 = 86_400
        let events = Made.events().map { Made.Event(user: $0.user, item: $0.item, time: $0.time * day, type: $0.type) }
        let newest = events.map(\.time).max() ?? 0
        let items = TableTests.items([("young", nil, newest - 10 * day), ("old", nil, newest - 100 * day), ("unstamped", nil, nil)])
        let model = try Self.model(.userPersonalization, events, items: items)
        func score(_ item: String, _ exploration: Exploration) throws -> Double {
            let index = try #require(model.items.index(of: item))
            return try #require(model.recommend(model.history(of: "u3"), count: 100, exploration: exploration).first { $0.item == index }?.score)
        }
        #expect(try score("young", .none) == score("old", .none))
        #expect(try score("young", Exploration()) > score("old", Exploration()))
        #expect(try score("unstamped", Exploration()) == score("young", Exploration()))
        #expect(try score("young", Exploration(weight: 1)) > score("young", Exploration()))
        #expect(try score("young", Exploration(weight: 1, ageCutOffDays: 5)) == score("old", Exploration(weight: 1, ageCutOffDays: 5)))
    }

    @Test func `a ranking scores what it knows over the list alone and appends the rest in order`() throws {
        let model = try Self.model(.personalizedRanking, items: TableTests.items([("untouched", nil, nil)]))
        let history = model.history(of: "u3")
        let list = ["x1", "i5", "untouched", "i9", "i5", "x2", "i30"]
        let ranking = model.rank(history, list)
        #expect(ranking.map(\.itemId).suffix(3) == ["x1", "untouched", "x2"])
        #expect(ranking.count == 6 && ranking.suffix(3).allSatisfy { $0.score == nil })
        #expect(abs(ranking.compactMap(\.score).reduce(0, +) - 1) < 1e-6)
        let catalogue = Made.items(model.recommend(history, count: 100), model).filter { ["i5", "i9", "i30"].contains($0) }
        #expect(ranking.prefix(3).map(\.itemId) == catalogue)
        #expect(model.rank(history, []).isEmpty && model.rank(history, ["x"]) == [RankedItem(itemId: "x", score: nil)])
    }

    @Test func `popularity counts users, not events`() throws {
        let loud = (0..<200).map { Made.Event(user: "u1", item: "loud", time: Int64($0)) }
        let liked = (0..<60).map { Made.Event(user: "u\($0)", item: "liked", time: 1) }
        let events = Made.events() + loud + liked
        let model = try Self.model(.popularityCount, events)
        let answer = model.recommend(model.history(of: "u5"), count: 100)
        let users = Dictionary(grouping: events, by: \.item).mapValues { Set($0.map(\.user)).count }
        let expected = users.keys.sorted { (users[$1] ?? 0, $0) < (users[$0] ?? 0, $1) }
        #expect(Made.items(answer, model) == expected)
        #expect(answer.allSatisfy { $0.score == nil } && expected[0] == "liked" && expected.last == "loud")
    }

    @Test func `similar items are those of the reference, then popular ones, never the item itself`() throws {
        let events = Made.events(users: 30, items: 25, perUser: 40)
        let interactions = Made.interactions(events)
        var settings = NeighbourSettings()
        for (discount, least, nearness) in [(0.5, 3, 20.0), (0.0, 0, 0.0), (1.0, 8, 5.0)] {
            settings.popularityDiscount = discount
            settings.leastShared = least
            settings.nearness = nearness
            let profiles = (0..<30).map { user in
                interactions.events(of: user).map { interactions.itemOf[$0] }.reduce(into: [Int32]()) { if !$0.contains($1) { $0.append($1) } }
            }
            let model = try #require(Neighbours(profiles: profiles, itemCount: 25, settings: settings))
            for item in 0..<Int32(25) {
                let scored = (0..<Int32(25)).compactMap { other -> (Double, Int32)? in
                    let both = profiles.filter { $0.contains(item) && $0.contains(other) }
                    if other == item || both.count < max(least, 1) { return nil }
                    let near = both.reduce(0.0) { sum, profile in
                        let between = abs((profile.firstIndex(of: item) ?? 0) - (profile.firstIndex(of: other) ?? 0)) - 1
                        let fade = nearness == 0 ? 1 : Platform.exp(-Double(between) / nearness)
                        return sum + (65536 * (settings.lasting + (1 - settings.lasting) * fade)).rounded()
                    }
                    let users = Double(profiles.filter { $0.contains(other) }.count)
                    return (near * Platform.pow(users + settings.shrinkage, -discount) / 65536, other)
                }
                // Sums and powers may round differently here and there; the order must agree wherever two values truly differ.
                let found = model.nearest(to: item, count: 1000)
                let values = Dictionary(uniqueKeysWithValues: scored.map { ($0.1, $0.0) })
                #expect(Set(found) == Set(values.keys))
                #expect(zip(found, found.dropFirst()).allSatisfy { (values[$0] ?? 0) >= (values[$1] ?? 0) * (1 - 1e-6) })
            }
        }
    }

    @Test func `an unknown item is answered with popular ones, one with too few shared users with theirs first`() throws {
        let events = Made.events() + [Made.Event(user: "u1", item: "rare", time: 5)]
        let model = try Self.model(.sims, events)
        let popular = Made.items(model.recommend([], count: 10), model)
        #expect(Made.items(model.similar(to: "never seen", count: 10), model) == popular)
        let theirs = Set(events.filter { $0.user == "u1" }.map(\.item))
        let rare = Made.items(model.similar(to: "rare", count: 40), model)
        #expect(!rare.contains("rare") && Set(rare.prefix(theirs.count - 1)) == theirs.subtracting(["rare"]))
        let similar = Made.items(model.similar(to: "i7", count: 100), model)
        #expect(similar.count == 40 && Set(similar).count == 40 && !similar.contains("i7"))
        var allow = Bitset(count: model.items.count)
        allow[3] = true
        #expect(model.similar(to: "never seen", count: 10, allow: allow).map(\.item) == [3])
    }
}
