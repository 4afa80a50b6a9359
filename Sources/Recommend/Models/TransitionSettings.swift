/// The numbers of the successor model. Defaults were chosen on a validation cut of training users: `docs/recommend.md`.
package struct TransitionSettings: Sendable, Equatable {
    /// d: a successor at gap g counts exp(-(g - 1) / d).
    package var gapDecay = 2.0
    /// Pseudo-counts that an average item of the catalogue has in each row; more means less trust in rare pairs.
    package var smoothing = 0.02
    /// c: how much the newest event of the history weighs.
    package var strength = 0.95
    /// tau: an event k steps before the newest weighs exp(-k / tau) of it.
    package var historyDecay = 2.0
    /// r: how much the probability to return to an item of the history weighs.
    package var repeatStrength = 1.0
    /// b: the power of the prior.
    package var priorPower = 1.0
    /// a: pseudo-counts of every item in the prior, so that an item nobody touched is improbable, not impossible.
    package var priorCount = 0.5
    /// T: logits are divided by it before the softmax. It changes scores and never the order.
    package var temperature = 2.0
    /// bptt: how many of the newest events are looked at, and how far apart two events can be and count as a pair.
    package var window = 32
    /// recency_mask: false makes all events in the window weigh the same, with the same sum.
    package var decaysHistory = true

    package init() {}

    /// For affinities: what a user will touch in the weeks to come, not next.
    static let affinity: TransitionSettings = {
        var settings = TransitionSettings()
        settings.gapDecay = 8
        settings.historyDecay = 20
        settings.strength = 0.3
        settings.window = 64
        return settings
    }()

    /// s: pseudo-counts of a whole row; they are spread over the items by the prior.
    func rowSmoothing(items: Int) -> Double { max(1, smoothing * Double(items)) }

    /// Weights below this share of the newest event's are left out: they cannot move a score's seventh decimal by much and cost time.
    static let least = 1.0 / 1024

    /// Weight of the event k steps before the newest, for a history of `length` events.
    func weights(length: Int) -> [Float] {
        let used = min(window, length)
        let decayed = (0..<used).map { strength * Platform.exp(-Double($0) / historyDecay) }
        if decaysHistory { return decayed.prefix { $0 >= Self.least * strength }.map { Float($0) } }
        return [Float](repeating: Float(decayed.reduce(0, +) / Double(max(used, 1))), count: used)
    }

    /// Weight of a successor at gap 1, 2, … in units of 2^-16, so that counting is exact whatever the order.
    var gapWeights: [Int64] {
        (1...max(window, 1)).map { Int64((65536 * Platform.exp(-Double($0 - 1) / gapDecay)).rounded()) }.filter { $0 >= 64 }
    }
}
