/// Whether a user returns to an item, to which, and after what: one multinomial logit over the items that the user has touched, with
/// everything untouched as the choice outside (`docs/recommend.md` has the formulas).
///
/// With x_j the features of touched item j at a moment, `P(j) = exp(w·x_j) / (1 + Σ exp(w·x_i))` over the touched items; what is left belongs
/// to the untouched ones, in the shares that the base model gives them. One feature is the base model's own opinion of the item, so w = 1 for it
/// and 0 for all others would leave the base model as it is.
struct Returns: Sendable {
    /// What was learnt on validation users (`TrainingData+returns.swift`).
    struct Learnt: Sendable, Equatable {
        /// Event types that are told apart, in lower case; number `n` has the code `n + 1`, all others 0.
        var types: [String]
        /// One per feature.
        var weights: [Double]
    }

    /// So many of a user's newest events are looked at.
    static let window = 256
    /// A longer pause begins another session: 30 minutes, as web analytics count them.
    static let sessionPause: Int64 = 1800
    /// The time since the last touch decays at these rates, in seconds; how much each counts is learnt.
    static let decays: [Double] = [60, 600, 3600, 86_400, 7 * 86_400, 30 * 86_400]
    /// Event types that are told apart at most.
    static let mostTypes = 4

    let learnt: Learnt
    /// Per item, log of the odds that a user comes back to it after something else, beside the odds of all items.
    let odds: [Float]
    /// Seconds since 1970 of the newest event that was learnt from. A user whose newest event is later is asked about after that event, not in
    /// the middle of events with the same stamp.
    let newest: Int64

    /// How many features there are.
    static func width(types: Int) -> Int { 20 + decays.count + 4 * types }

    init(learnt: Learnt, odds: [Float], newest: Int64) {
        precondition(learnt.weights.count == Self.width(types: learnt.types.count), "a weight for each feature")
        self.learnt = learnt
        self.odds = odds
        self.newest = newest
    }

    /// The code of an event type; case does not matter.
    static func code(of type: String?, _ types: [String]) -> UInt8 {
        guard let type, let index = types.firstIndex(of: type.lowercased()) else { return 0 }
        return UInt8(index + 1)
    }

    func isLater(_ history: some BidirectionalCollection<HistoryEvent>) -> Bool { (history.last?.time.value ?? newest) > newest }

    /// Gives each touched item its logit: those of the untouched ones stay, so that `softmax(logit / temperature)` is the model's P.
    /// - Parameters:
    ///   - history: newest last.
    ///   - logits: of the base model, which knows nothing of returns.
    /// - Returns: the softmax of the logits as they are then; it comes without another pass over the catalogue. nil without a history.
    func apply(_ history: some BidirectionalCollection<HistoryEvent>, temperature: Double, into logits: inout [Float]) -> Softmax.Scale? {
        var moment = Moment(history, types: learnt.types.count, odds: odds, isLater: isLater(history))
        guard !moment.touched.isEmpty else { return nil }
        let outside = Outside(&logits, except: moment.touched.lazy.map(\.item), temperature: temperature)
        var sum = Platform.exp(outside.logSum)
        for index in moment.touched.indices {
            let item = Int(moment.touched[index].item)
            moment.write(index, opinion: outside.opinion(logits[item]))
            var value = 0.0
            for (weight, feature) in zip(learnt.weights, moment.features) { value += weight * Double(feature) }
            logits[item] = Float(temperature * (value + outside.logSum)) + outside.peak
            sum += Platform.exp(value + outside.logSum)
        }
        return sum.isFinite ? Softmax.Scale(peak: outside.peak, inverseTemperature: 1 / temperature, sum: sum) : nil
    }

    /// The same with more items after the known ones.
    func appending(_ more: Int) -> Returns {
        Returns(learnt: learnt, odds: odds + [Float](repeating: 0, count: more), newest: newest)
    }

    /// The mass that the base model gives to all items but some: `logSum = log Σ exp((logit - peak) / T)` over the others.
    struct Outside {
        /// The largest logit of the others.
        let peak: Float
        let logSum: Double
        private let temperature: Double

        /// - Parameters:
        ///   - logits: are as they were afterwards; in between those of the touched items are set apart, so that one pass finds the sum of the
        ///     others, whatever their part in the whole.
        ///   - touched: each once.
        init(_ logits: inout [Float], except touched: some Collection<Int32>, temperature: Double) {
            self.temperature = temperature
            let own = touched.map { logits[Int($0)] }
            for item in touched { logits[Int(item)] = -.greatestFiniteMagnitude }
            defer { for (item, logit) in zip(touched, own) { logits[Int(item)] = logit } }
            if own.count >= logits.count {
                peak = own.max() ?? 0
                logSum = Platform.log(1e-30)
                return
            }
            let scale = Softmax.scale(logits, temperature: temperature)
            peak = scale.peak
            logSum = Platform.log(max(scale.sum, 1e-30))
        }

        /// Log of what the base model gives to an item beside all the others together.
        func opinion(_ logit: Float) -> Double { min(max(Double(logit - peak) / temperature - logSum, -30), 10) }
    }
}
