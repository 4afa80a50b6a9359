import Testing

@testable import Recommend

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

struct EvaluationTests {
    @Test func `the worked example: hits at ranks 2 and 5 of 5, two relevant, are .6241`() {
        var meter = RankingMeter(itemCount: 10)
        meter.add([4, 0, 5, 6, 1], truth: [0, 1])
        #expect(meter.scores.metrics["normalized_discounted_cumulative_gain_at_5"] == 0.6241)
        #expect(meter.scores.metrics["mean_reciprocal_rank_at_25"] == 0.5)
        #expect(meter.scores.metrics["precision_at_5"] == 0.4)
        #expect(meter.scores.metrics["precision_at_25"] == 0.08)
        #expect(meter.scores.metrics["coverage"] == 0.5)
        #expect(meter.scores.metrics.count == 8)
    }

    /// Every number again, from its sentence.
    static func reference(_ lists: [[Int32]], _ truths: [Set<Int32>], _ items: Int) -> RankingScores {
        var scores = RankingScores()
        let queries = Double(lists.count)
        scores.coverage = Double(Set(lists.flatMap { $0.prefix(25) }).count) / Double(items)
        for (list, truth) in zip(lists, truths) {
            for rank in 1...25 where rank <= list.count && truth.contains(list[rank - 1]) {
                scores.reciprocalRank += 1 / Double(rank) / queries
                break
            }
            for (index, cut) in [5, 10, 25].enumerated() {
                var gain = 0.0
                var hits = 0
                for rank in 1...cut where rank <= list.count && truth.contains(list[rank - 1]) {
                    gain += 1 / log2(Double(rank + 1))
                    hits += 1
                }
                func ideal(_ count: Int) -> Double { (0..<count).reduce(0) { $0 + 1 / log2(Double($1 + 2)) } }
                if hits > 0 { scores.gain[index] += gain / ideal(hits) / queries }
                if hits > 0 { scores.strictGain[index] += gain / ideal(min(cut, truth.count)) / queries }
                scores.precision[index] += Double(hits) / Double(cut) / queries
            }
        }
        return scores
    }

    @Test func `metrics are those of the reference`() {
        var lists: [[Int32]] = []
        var truths: [Set<Int32>] = []
        for query in 0..<50 {
            let order = (0..<60).sorted { Mixing.mix(UInt64($0 + 1000 * query)) < Mixing.mix(UInt64($1 + 1000 * query)) }.map { Int32($0) }
            lists.append(Array(order.prefix(query % 5 == 0 ? 7 : 30)))
            truths.append(Set((0..<Int32(query % 9 + 1)).map { $0 * 5 }))
        }
        var meter = RankingMeter(itemCount: 60)
        for (list, truth) in zip(lists, truths) { meter.add(list, truth: truth) }
        let expected = Self.reference(lists, truths, 60)
        let found = meter.scores
        #expect(found.coverage == expected.coverage)
        #expect(abs(found.reciprocalRank - expected.reciprocalRank) < 1e-12)
        for index in 0..<3 {
            #expect(abs(found.gain[index] - expected.gain[index]) < 1e-12)
            #expect(abs(found.strictGain[index] - expected.strictGain[index]) < 1e-12)
            #expect(abs(found.precision[index] - expected.precision[index]) < 1e-12)
        }
    }

    @Test func `a tenth of the users is tested, the others train, and the seed chooses`() {
        let interactions = Made.interactions(Made.events(users: 83))
        let split = Split(interactions, seed: 1)
        #expect(split.test.count == 8)
        #expect(Set(split.test).isDisjoint(with: split.training))
        #expect(split.test.count + split.training.count == 83)
        #expect(Split(interactions, seed: 1).test == split.test)
        #expect(Split(interactions, seed: 2).test != split.test)
    }

    @Test func `the oldest nine tenths are known, and each side has an event`() {
        #expect(Split.cut(0..<2) == 1)
        #expect(Split.cut(100..<110) == 109)
        #expect(Split.cut(0..<100) == 90)
        #expect(Split.cut(5..<14) == 13)
    }

    @Test func `what can be learnt is learnt: far above the popular list`() throws {
        let evaluation = try #require(try Made.evaluation(.userPersonalization, Made.events(users: 200)))
        #expect(evaluation.testUsers == 20 && evaluation.queries == 20)
        #expect(evaluation.scores.precision[0] > 2 * evaluation.popularity.precision[0])
        #expect(evaluation.scores.strictGain[0] > 0.4)
    }

    @Test func `similar items are asked for once per held-out event`() throws {
        let evaluation = try #require(try Made.evaluation(.sims, Made.events()))
        #expect(evaluation.queries == 6 * 3)
    }

    /// Users with two items of their own, touched in turn, and then two events that are held out.
    private static func couples(then last: (Int) -> [String]) -> [Made.Event] {
        (0..<60).flatMap { user in
            ((0..<18).map { "\($0 % 2 == 0 ? "x" : "y")\(user)" } + last(user)).enumerated().map { step, item in
                Made.Event(user: "u\(user)", item: item, time: Int64(step))
            }
        }
    }

    @Test func `what is known of a test user is counted for similar items`() throws {
        let evaluation = try #require(try Made.evaluation(.sims, Self.couples { ["x\($0)", "y\($0)"] }))
        #expect(evaluation.queries == 12)
        #expect(evaluation.scores.reciprocalRank == 1)
    }

    @Test func `what is held out is not counted`() throws {
        let evaluation = try #require(try Made.evaluation(.sims, Self.couples { ["y\($0)", "z\($0)"] }))
        #expect(evaluation.queries == 12)
        #expect(evaluation.scores.reciprocalRank == 0)
    }

    @Test func `weighted gains and rewards are those of their sentences`() {
        var meter = RankingMeter(itemCount: 10, rewards: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
        meter.add([4, 0, 5, 6, 1], truth: [0, 1, 9], weights: [0: 1.5, 1: 0.5, 9: 1])
        let gain = 1.5 / log2(3.0) + 0.5 / log2(6.0)
        let ideal = 1.5 / log2(2.0) + 0.5 / log2(3.0)
        #expect(abs(meter.scores.weightedGain[0] - gain / ideal) < 1e-12)
        #expect(abs(meter.scores.reward[0] - (0 + 1) / (9 + 1 + 0)) < 1e-12)
    }
}
