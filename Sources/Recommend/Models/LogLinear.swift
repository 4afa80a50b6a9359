import Kernels

/// The numbers of the trained log-linear model. Defaults were chosen on a validation cut of training users: `docs/recommend.md`.
package struct LogLinearSettings: Sendable, Equatable {
    /// Two timescales, in events: an event k steps back weighs `exp(-k / decay)`.
    package var decays: [Double] = [1, 6]
    /// The share of the counting model's pair weights that each timescale starts with.
    package var starts: [Double] = [0.4, 0.2]
    /// The next items count `exp(-h / horizon)`, h = 0 for the very next.
    package var horizon = 1.0
    /// How many of the next items count at most.
    package var targets = 4
    package var epochs = 4
    /// Adagrad's step.
    package var rate = 0.1
    /// How much of log p is taken off again when answering: lists get more varied, and hardly worse.
    package var priorDiscount = 0.3
    /// Items with fewer events are not candidates: there is nothing to learn of them, and the time goes with the candidates.
    package var leastEvents = 3

    package init() {}
}

/// Pair weights that are trained rather than counted: `logit_j = b_j + Σ_k Σ_p exp(-(t - p) / τ_k)·S_k[i_p, j]`, S on the pairs that
/// `TransitionModel` has seen, fitted by full-softmax cross-entropy over all positions (`LogLinear+fit.swift`).
struct LogLinear: Sendable {
    let settings: LogLinearSettings
    /// Per item, in place of the prior.
    let bias: [Float]
    /// Per timescale one weight per pair, in the order of the counting model's pairs.
    let pairWeights: [[Float]]
    /// How much of an answer is this model's, the rest the counting model's: chosen on a validation cut.
    var share: Float
    /// Where its training stands, if another one is to go on from it; not saved.
    var progress: Progress?

    init(settings: LogLinearSettings, bias: [Float], pairWeights: [[Float]], share: Float) {
        precondition(pairWeights.count == settings.decays.count, "weights of \(settings.decays.count) timescales")
        self.settings = settings
        self.bias = bias
        self.pairWeights = pairWeights
        self.share = share
    }

    /// The logits before the history of a user is added.
    /// - Parameter counted: those of the counting model, `log p`.
    func prior(_ counted: [Float]) -> [Float] {
        let discount = Float(settings.priorDiscount)
        return zip(counted, bias).map { (1 - share) * $0 + share * ($1 - discount * $0) }
    }

    /// Adds the rows of a history: of each pair one weight of the counting model and one per timescale, in their shares.
    /// - Parameter weights: of the counting model, newest first.
    func add(
        _ history: some BidirectionalCollection<Int32>,
        _ counted: TransitionModel,
        _ weights: [Float],
        into logits: UnsafeMutableBufferPointer<Float>
    ) {
        for (back, item) in history.reversed().prefix(counted.settings.window).enumerated() {
            let own = back < weights.count ? (1 - share) * weights[back] : 0
            let first = share * Float(Platform.exp(-Double(back) / settings.decays[0]))
            let second = share * Float(Platform.exp(-Double(back) / settings.decays[1]))
            counted.pairs.columns.withUnsafeBufferPointer { successors in
                counted.pairWeights.withUnsafeBufferPointer { counts in
                    pairWeights[0].withUnsafeBufferPointer { short in
                        pairWeights[1].withUnsafeBufferPointer { long in
                            // Successors are items of the same catalogue, checked when counted and when loaded.
                            Kernels.scatter(
                                counted.pairs.entries(of: Int(item)),
                                targets: successors,
                                first: counts,
                                second: short,
                                third: long,
                                times: (own, first, second),
                                into: logits
                            )
                        }
                    }
                }
            }
        }
    }

    /// The same with more items after the known ones.
    func appending(_ more: Int) -> LogLinear {
        LogLinear(settings: settings, bias: bias + [Float](repeating: bias.min() ?? 0, count: more), pairWeights: pairWeights, share: share)
    }
}
