/// Quality of ranked lists against what users then did, by the definitions of AWS's page "Evaluating a solution version with metrics".
package struct RankingScores: Sendable, Equatable {
    /// Distinct items in all lists ÷ items of the catalogue.
    package var coverage = 0.0
    /// Mean of 1 / rank of the first hit within 25, else 0.
    package var reciprocalRank = 0.0
    /// At 5, 10, 25; gain 1 per hit, weight 1 / log2(1 + rank), ideal = the hits of the list moved to its top.
    package var gain: [Double] = [0, 0, 0]
    /// The same with ideal = min(K, truth) hits: the usual definition, for comparison.
    package var strictGain: [Double] = [0, 0, 0]
    /// At 5, 10, 25: hits ÷ K.
    package var precision: [Double] = [0, 0, 0]
    /// At 5, 10, 25: as `gain` with the event's weight as the gain of a hit (eventsConfig).
    package var weightedGain: [Double] = [0, 0, 0]
    /// At 5, 10, 25: what the hits are worth ÷ what the K best of the truth are worth (optimizationObjective).
    package var reward: [Double] = [0, 0, 0]

    package static let cuts = [5, 10, 25]

    /// The keys of GetSolutionMetrics, four decimals.
    package var metrics: [String: Double] {
        var metrics = ["coverage": Self.rounded(coverage), "mean_reciprocal_rank_at_25": Self.rounded(reciprocalRank)]
        for (index, cut) in Self.cuts.enumerated() {
            metrics["normalized_discounted_cumulative_gain_at_\(cut)"] = Self.rounded(gain[index])
            metrics["precision_at_\(cut)"] = Self.rounded(precision[index])
        }
        return metrics
    }

    /// What `metrics` are called.
    static let names = Set(RankingScores().metrics.keys)

    static func rounded(_ value: Double) -> Double { (value * 1e4).rounded() / 1e4 }
}

/// Adds up lists, one per query.
struct RankingMeter {
    private var sums = RankingScores()
    private var queries = 0
    private var answered: Bitset
    /// Per item, what a hit is worth; nil when nothing is optimised for.
    private let rewards: [Float]?

    init(itemCount: Int, rewards: [Float]? = nil) {
        answered = Bitset(count: itemCount)
        self.rewards = rewards
    }

    /// - Parameters:
    ///   - list: distinct items, best first; what lies beyond 25 is ignored.
    ///   - weights: of the events of the truth.
    mutating func add(_ list: [Int32], truth: Set<Int32>, weights: [Int32: Double]? = nil) {
        queries += 1
        for item in list.prefix(25) { answered[Int(item)] = true }
        let ranks = list.prefix(25).enumerated().filter { truth.contains($0.element) }.map { $0.offset + 1 }
        if let first = ranks.first { sums.reciprocalRank += 1 / Double(first) }
        for (index, cut) in RankingScores.cuts.enumerated() {
            let hits = ranks.prefix { $0 <= cut }
            if hits.isEmpty { continue }
            let gain = hits.reduce(0) { $0 + Self.weights[$1] }
            sums.gain[index] += gain / Self.weights[1...hits.count].reduce(0, +)
            sums.strictGain[index] += gain / Self.weights[1...min(cut, truth.count)].reduce(0, +)
            sums.precision[index] += Double(hits.count) / Double(cut)
            if let weights {
                let gains = hits.map { weights[list[$0 - 1]] ?? 0 }
                let ideal = zip(gains.sorted(by: >), Self.weights.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 }
                if ideal > 0 { sums.weightedGain[index] += zip(gains, hits).reduce(0) { $0 + $1.0 * Self.weights[$1.1] } / ideal }
            }
            if let rewards {
                let best = truth.map { Double(rewards[Int($0)]) }.sorted(by: >).prefix(cut).reduce(0, +)
                if best > 0 { sums.reward[index] += hits.reduce(0) { $0 + Double(rewards[Int(list[$1 - 1])]) } / best }
            }
        }
    }

    var scores: RankingScores {
        let share = queries == 0 ? 0 : 1 / Double(queries)
        var scores = sums
        scores.coverage = answered.count == 0 ? 0 : Double(answered.population) / Double(answered.count)
        scores.reciprocalRank *= share
        for index in RankingScores.cuts.indices {
            scores.gain[index] *= share
            scores.strictGain[index] *= share
            scores.precision[index] *= share
            scores.weightedGain[index] *= share
            scores.reward[index] *= share
        }
        return scores
    }

    /// 1 / log2(1 + rank), from rank 1.
    private static let weights: [Double] = [0] + (1...25).map { Platform.log(2) / Platform.log(Double(1 + $0)) }
}
