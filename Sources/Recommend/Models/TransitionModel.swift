import Kernels

/// The counting model: what follows what, and how soon (`docs/recommend.md` has the formulas).
///
/// `logit_j = b·log p_j + Σ_k w_k·log P(j | i_k) / p_j` with `P(j | i) = (C_ij + s·p_j) / (C_i· + s)`. For a pair never seen the ratio is
/// `s / (C_i· + s)`, the same for all j, and the softmax forgets it; so only seen pairs are stored, each with the weight `log(1 + C_ij / (s·p_j))`:
/// its pointwise mutual information, smoothed, beyond that of a pair never seen.
/// Returns to an item of the history itself are the business of `Repeats`: `r·log (probability to return) / p_j`.
/// Memory: 8 bytes a pair, at most events × (gaps that count) pairs.
struct TransitionModel: Sendable {
    let settings: TransitionSettings
    /// log p_j.
    let logProbability: [Float]
    /// b·log p_j.
    let prior: [Float]
    let repeats: Repeats
    /// Item × successor: the pairs seen.
    let pairs: CompressedSparseRows
    /// One per pair: `log(1 + C_ij / (s·p_j))`.
    let pairWeights: [Float]

    var itemCount: Int { prior.count }

    /// Counts all pairs, row by row: a row needs no other, so rows can be counted in any order or on any thread with the same result.
    /// - Returns: nil when `shouldContinue` said no; it is asked now and then with the share done.
    init?(_ sequences: Sequences, settings: TransitionSettings, shouldContinue: (Double) -> Bool = { _ in true }) {
        let items = sequences.itemCount
        let total = Double(sequences.eventCount) + settings.priorCount * Double(items)
        let probability = (0..<items).map { (sequences.mass(of: $0) + settings.priorCount) / total }
        let weights = settings.gapWeights
        let smoothing = settings.rowSmoothing(items: items)
        let size = max(16, min(1024, items / 32))
        guard
            let blocks = Threads.parallelMap(
                items,
                size: size,
                shouldContinue: shouldContinue,
                { Self.rows($0, sequences, gapWeights: weights, smoothing: smoothing, probability: probability) }
            )
        else {
            return nil
        }
        self.init(
            settings: settings,
            logProbability: probability.map { Float(Platform.log($0)) },
            repeats: Repeats(sequences, gapWeights: weights, window: settings.window, smoothing: smoothing),
            pairs: CompressedSparseRows(lengths: blocks.flatMap(\.lengths), columns: blocks.flatMap(\.successors)),
            pairWeights: blocks.flatMap(\.pairWeights)
        )
    }

    private struct Rows: Sendable {
        var lengths: [Int] = []
        var successors: [Int32] = []
        var pairWeights: [Float] = []
    }

    /// A row keeps so many of its largest weights: what an answer costs is bounded by the window, not by the catalogue.
    static let longestRow = 4096

    /// The rows of some items, with one dense row of counters.
    /// - Parameters:
    ///   - gapWeights: of a successor at gap 1, 2, …, in units of 2^-16.
    ///   - probability: p_j, per item.
    private static func rows(
        _ items: Range<Int>,
        _ sequences: Sequences,
        gapWeights: [Int64],
        smoothing: Double,
        probability: [Double]
    ) -> Rows {
        var result = Rows()
        var counters = [Int64](repeating: 0, count: sequences.itemCount)
        var touched = [Int32](repeating: 0, count: sequences.itemCount)
        var row: [(item: Int32, weight: Float)] = []
        for item in items {
            let count = sequences.countFollowers(of: item, gapWeights: gapWeights, into: &counters, touched: &touched)
            row.removeAll(keepingCapacity: true)
            for next in touched[..<count] {
                let count = Double(counters[Int(next)]) / 65536
                counters[Int(next)] = 0
                if Int(next) == item { continue }
                row.append((next, Float(Platform.log(1 + count / (smoothing * probability[Int(next)])))))
            }
            if row.count > longestRow {
                row.sort { ($1.weight, $0.item) < ($0.weight, $1.item) }
                row.removeLast(row.count - longestRow)
            }
            result.successors.append(contentsOf: row.lazy.map(\.item))
            result.pairWeights.append(contentsOf: row.lazy.map(\.weight))
            result.lengths.append(row.count)
        }
        return result
    }

    init(settings: TransitionSettings, logProbability: [Float], repeats: Repeats, pairs: CompressedSparseRows, pairWeights: [Float]) {
        self.settings = settings
        self.logProbability = logProbability
        prior = logProbability.map { Float(settings.priorPower) * $0 }
        self.repeats = repeats
        self.pairs = pairs
        self.pairWeights = pairWeights
    }

    /// Writes one logit per item; `history` has its newest item last.
    /// - Parameters:
    ///   - trained: a model on the same pairs that takes its share of the answer.
    ///   - withRepeats: false leaves returns to items of the history to another model.
    func score(
        _ history: some BidirectionalCollection<Int32>,
        trained: LogLinear? = nil,
        withRepeats: Bool = true,
        into logits: inout [Float]
    ) {
        logits = trained?.prior(prior) ?? prior
        let weights = settings.weights(length: history.count)
        logits.withUnsafeMutableBufferPointer { logits in
            if let trained {
                trained.add(history, self, weights, into: logits)
            } else {
                for (weight, item) in zip(weights, history.reversed()) { add(row: item, weight, into: logits) }
            }
            if !withRepeats { return }
            let returning = Float(settings.repeatStrength)
            repeats.forEach(history) { item, logReturn in logits[Int(item)] += returning * (logReturn - logProbability[Int(item)]) }
        }
    }

    func add(row: Int32, _ weight: Float, into logits: UnsafeMutableBufferPointer<Float>) {
        pairs.columns.withUnsafeBufferPointer { successors in
            pairWeights.withUnsafeBufferPointer { pairWeights in
                // Successors are items of the same catalogue, checked when counted and when loaded.
                Kernels.scatter(pairs.entries(of: Int(row)), targets: successors, values: pairWeights, times: weight, into: logits)
            }
        }
    }

    /// As `score`, but touching only the items that a history changes: `logits` must hold the prior, and does again once it is cleared.
    func scoreSparsely(_ history: some BidirectionalCollection<Int32>, into logits: inout SparseSums) {
        for (weight, item) in zip(settings.weights(length: history.count), history.reversed()) {
            logits.add(pairs.entries(of: Int(item)), of: pairs.columns, pairWeights, times: weight)
        }
        let returning = Float(settings.repeatStrength)
        repeats.forEach(history) { item, logReturn in logits.add(returning * (logReturn - logProbability[Int(item)]), to: item) }
    }

    /// The pair weight of one item after each of the others.
    func column(_ item: Int32) -> [Float] {
        var column = [Float](repeating: 0, count: itemCount)
        for row in 0..<itemCount {
            for entry in pairs.entries(of: row) where pairs.columns[entry] == item { column[row] = pairWeights[entry] }
        }
        return column
    }

    /// The same with more items after the known ones, which nobody has touched.
    func appending(_ more: Int) -> TransitionModel {
        // The prior of an item without events, on the scale of the others.
        let rarest = logProbability.min() ?? 0
        var pairs = pairs
        pairs.appendEmptyRows(more)
        return TransitionModel(
            settings: settings,
            logProbability: logProbability + [Float](repeating: rarest, count: more),
            repeats: repeats,
            pairs: pairs,
            pairWeights: pairWeights
        )
    }
}
