import Testing

@testable import Recommend

struct TextNeighbourTests {
    @Test(arguments: [(7, 5), (8, 1000)])
    func `the neighbours are those of the naive reference`(seed: UInt64, kept: Int) {
        let features = ColdItemTests.features(300, seed: seed, classes: 20, words: true)
        let model = Neighbours(features, settings: NeighbourSettings())
        for item in 0..<features.count {
            // The same sums in the same order: the same bits.
            let reference = ColdItemTests.naive(features, item, among: (0..<300).filter { $0 != item }, kept: kept)
            #expect(model.nearest(to: Int32(item), count: kept) == reference.map(\.entity))
        }
    }

    /// Many items and few wanted: most lists of the index are not read, and the answer is that of all inner products.
    @Test(arguments: [(1, 8, 3), (2, 40, 3), (3, 25, 1000)])
    func `pruning leaves nothing out, whoever may be answered`(seed: UInt64, count: Int, classes: UInt64) {
        let features = ColdItemTests.features(3000, seed: seed, classes: classes, words: true)
        let model = Neighbours(features, settings: NeighbourSettings())
        var allow = Bitset(count: 3000)
        for item in 0..<3000 where Mixing.mix(seed + UInt64(item)) % 3 != 0 { allow[item] = true }
        for item in stride(from: 0, to: 3000, by: 97) {
            let everybody = (0..<3000).filter { $0 != item }
            #expect(model.nearest(to: Int32(item), count: count) == ColdItemTests.naive(features, item, among: everybody, kept: count).map(\.entity))
            let some = ColdItemTests.naive(features, item, among: everybody.filter { allow[$0] }, kept: count).map(\.entity)
            #expect(model.nearest(to: Int32(item), count: count, allow: allow) == some)
        }
    }

    /// Some of these items share a class with most others, some hardly with any.
    @Test func `similarity by metadata is added to the cosine, alone it counts too, and few shared users come last`() throws {
        let features = ColdItemTests.features(300, seed: 11, classes: 200, words: true)
        let profiles = (0..<60).map { user in
            Array(Set((0..<20).map { Int32(Mixing.combine(UInt64(user), $0) % ($0 % 2 == 0 ? 40 : 300)) })).sorted()
        }
        let settings = NeighbourSettings()
        let model = try #require(Neighbours(profiles: profiles, itemCount: 300, settings: settings, features: features))
        let users = (0..<Int32(300)).map { item in Double(profiles.count { $0.contains(item) }) + settings.shrinkage }
        for item in 0..<300 {
            let similarity = ColdItemTests.naive(features, item, among: Array(0..<300), kept: 300).reduce(into: [Int32: Double]()) {
                $0[$1.entity] = Double($1.similarity)
            }
            var similar: [Int32: Double] = [:]
            var others: [Int32: Double] = [:]
            for other in 0..<Int32(300) where Int(other) != item {
                let both = profiles.filter { $0.contains(Int32(item)) && $0.contains(other) }
                let near = both.reduce(0.0) { sum, profile in
                    let between = abs((profile.firstIndex(of: Int32(item)) ?? 0) - (profile.firstIndex(of: other) ?? 0)) - 1
                    return sum + settings.lasting + (1 - settings.lasting) * Platform.exp(-Double(between) / settings.nearness)
                }
                let cosine = near / (users[item] * users[Int(other)]).squareRoot()
                if let like = similarity[other] {
                    similar[other] = (both.count >= settings.leastShared ? cosine : 0) + settings.metadata * like
                } else if both.count >= settings.leastShared {
                    similar[other] = cosine
                } else if !both.isEmpty {
                    others[other] = cosine
                }
            }
            let found = model.nearest(to: Int32(item), count: 300)
            let first = found.prefix(similar.count)
            let rest = found.dropFirst(similar.count)
            #expect(Set(first) == Set(similar.keys) && first.count == similar.count)
            #expect(Set(rest) == Set(others.keys))
            for (row, values) in [(first, similar), (rest, others)] {
                #expect(zip(row, row.dropFirst()).allSatisfy { (values[$0] ?? 0) >= (values[$1] ?? 0) * (1 - 1e-4) })
            }
        }
    }

    @Test func `the model of texts is the same whoever is learnt from, so it is counted once`() throws {
        let request = Made.fullRequest(.semanticSimilarity)
        let trained = try Trainer.train(request)
        let learnt = try Trainer.learn(request)
        #expect(trained.evaluation.reusable != nil)
        for item in ["i0", "i7", "cold1"] {
            let answers = [trained.model, learnt].map { model in
                Made.items(model.similar(to: item, count: 25), model)
            }
            #expect(answers[0] == answers[1] && answers[0].count == 25)
        }
    }

    @Test func `any number of threads gives the same rows, and the count stops when told to`() throws {
        let features = ColdItemTests.features(500, seed: 3, classes: 20, words: true)
        let profiles = (0..<90).map { user in Array(Set((0..<30).map { Int32(Mixing.combine(UInt64(user), $0) % 500) })).sorted() }
        func model(_ shouldContinue: (Double) -> Bool) -> Neighbours? {
            Neighbours(profiles: profiles, itemCount: 500, settings: NeighbourSettings(), features: features, shouldContinue: shouldContinue)
        }
        let before = Threads.count
        defer { Threads.count = before }
        let models = try [1, 2, 5].map { threads in
            Threads.count = threads
            return try #require(model { _ in true })
        }
        #expect(models.allSatisfy { $0.similar == models[0].similar && $0.cosines == models[0].cosines && $0.others == models[0].others })
        #expect(models[0].cosines.count == models[0].similar.entryCount && models[0].cosines.count > 0)
        #expect(model { _ in false } == nil)
    }
}
