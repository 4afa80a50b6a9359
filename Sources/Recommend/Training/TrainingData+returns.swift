extension TrainingData {
    /// A cut in the events of a validation user: the model is asked what comes after it.
    private struct Cut: Sendable {
        var user: Int
        /// The number of the first event that is not known.
        var next: Int
    }

    /// What comes is looked at for so many events, and of these the first so many different items; the one after h others counts
    /// `exp(-h / horizon)`, however often it comes.
    private static let returnReach = 32
    private static let returnTargets = 6
    private static let returnHorizon = 6.0
    /// The cost of learning is bounded by the touched items of all examples, the cuts, and the cuts × items of the catalogue.
    private static let mostReturnItems = 150_000
    private static let mostReturnCuts = 20_000
    private static let mostReturnScores = 1e8

    /// How users return to what they touched, by what those did who were not learnt from.
    /// - Parameters:
    ///   - model: learnt from the users in `training`.
    ///   - asked: validation users.
    ///   - temperature: what the model's logits are divided by.
    func learnReturns(_ model: PersonalizedModel, training: [Int], asked: [Int], temperature: Double) -> Returns.Learnt {
        let types = Returns.types(interactions, among: training + asked)
        let codes = interactions.codes(types)
        let odds = Returns.odds(interactions, users: training)
        let cuts = returnCuts(asked)
        let hasMoments = interactions.hasMoments(among: training + asked)
        func parts() -> [ReturnExamples] {
            Threads.parallelMap(cuts.count, size: 32) { range in
                var examples = ReturnExamples(types: types.count)
                var logits: [Float] = []
                for cut in cuts[range] {
                    add(
                        cut,
                        model,
                        codes: codes,
                        types: types.count,
                        odds: odds,
                        hasMoments: hasMoments,
                        temperature: temperature,
                        logits: &logits,
                        to: &examples
                    )
                }
                return examples
            } ?? []
        }
        // Nobody else holds the parts, so they go as they are joined.
        let examples = ReturnExamples(types: types.count, joining: parts())
        return Returns.Learnt(types: types, weights: examples.fit(types: types.count))
    }

    /// Cuts in the users' events, in an order by hash, which is the same in every run.
    private func returnCuts(_ users: [Int]) -> [Cut] {
        let all = users.flatMap { user in
            let events = interactions.events(of: user)
            return (events.lowerBound + 1..<max(events.upperBound, events.lowerBound + 1)).map { Cut(user: user, next: $0) }
        }
        // By the user's id and the number of the event, so that users who are not asked change nothing.
        func key(_ cut: Cut) -> UInt64 {
            let number = cut.next - interactions.events(of: cut.user).lowerBound
            return Mixing.combine(Mixing.hash(interactions.users[Int32(cut.user)], seed: 5), UInt64(number))
        }
        let mixed = all.map { (key: key($0), cut: $0) }.sorted { $0.key < $1.key }.map(\.cut)
        let most = min(Self.mostReturnCuts, max(300, Int(Self.mostReturnScores) / max(1, interactions.itemCount)))
        var chosen: [Cut] = []
        var items = 0
        for cut in mixed.prefix(most) where items < Self.mostReturnItems {
            let events = interactions.events(of: cut.user)
            items += Set(interactions.itemOf[max(events.lowerBound, cut.next - Returns.window)..<cut.next]).count
            chosen.append(cut)
        }
        return chosen
    }

    private func add(
        _ cut: Cut,
        _ model: PersonalizedModel,
        codes: [UInt8],
        types: Int,
        odds: [Float],
        hasMoments: Bool,
        temperature: Double,
        logits: inout [Float],
        to examples: inout ReturnExamples
    ) {
        let events = interactions.events(of: cut.user)
        let history = interactions.history(max(events.lowerBound, cut.next - Returns.window)..<cut.next, types: codes)
        model.base(query(cut, history), withRepeats: false, into: &logits)
        let now = interactions.timeOf[cut.next - 1]
        // Asked in the middle of events with one stamp, and asked after them: in the second case what has that stamp cannot come any more.
        for isLater in hasMoments ? [false, true] : [false] {
            var moment = Returns.Moment(history, types: types, odds: odds, isLater: isLater)
            let outside = Returns.Outside(&logits, except: moment.touched.lazy.map(\.item), temperature: temperature)
            var coming: [Int32: Float] = [:]
            var total: Float = 0
            let first = isLater ? (cut.next..<events.upperBound).first { interactions.timeOf[$0] > now } : cut.next
            guard let first else { continue }
            for event in first..<min(first + Self.returnReach, events.upperBound) where coming.count < Self.returnTargets {
                let item = interactions.itemOf[event]
                if coming[item] != nil { continue }
                let weight = Float(Platform.exp(-Double(coming.count) / Self.returnHorizon)) * interactions.weight(of: event)
                coming[item] = weight
                total += weight
            }
            if total <= 0 { continue }
            let opinions = moment.touched.map { outside.opinion(logits[Int($0.item)]) }
            let shares = moment.touched.map { (coming[$0.item] ?? 0) / total }
            examples.add(&moment, opinions: opinions, shares: shares)
        }
    }

    private func query(_ cut: Cut, _ history: [HistoryEvent]) -> PersonalizedModel.Query {
        let context = interactions.context(at: cut.next)
        return PersonalizedModel.Query(history: history, userId: interactions.users[Int32(cut.user)], context: context)
    }

    /// The temperatures that are tried.
    private static let temperatures = [1, 1.25, 1.6, 2, 2.5, 3.2]
    /// Cuts that are enough to choose one of them.
    private static let mostTemperatureCuts = 400

    /// The temperature at which what came and had not been touched is likeliest, the usual one where nothing like that came.
    func chooseTemperature(_ model: PersonalizedModel, asked: [Int]) -> Double {
        let cuts = Array(returnCuts(asked).prefix(Self.mostTemperatureCuts))
        let blocks = Threads.parallelMap(cuts.count, size: 16) { range in
            var sums = [Double](repeating: 0, count: Self.temperatures.count)
            var logits: [Float] = []
            for cut in cuts[range] {
                let events = interactions.events(of: cut.user)
                let known = max(events.lowerBound, cut.next - Returns.window)..<cut.next
                let touched = Set(interactions.itemOf[known])
                let coming = Set(interactions.itemOf[cut.next..<min(cut.next + Self.returnReach, events.upperBound)].prefix(Self.returnReach))
                    .subtracting(touched)
                if coming.isEmpty { continue }
                model.base(query(cut, interactions.history(known, types: [])), withRepeats: false, into: &logits)
                for (number, temperature) in Self.temperatures.enumerated() {
                    let outside = Returns.Outside(&logits, except: touched, temperature: temperature)
                    let sum = coming.sorted().reduce(0.0) { $0 + outside.opinion(logits[Int($1)]) }
                    sums[number] += sum / Double(coming.count)
                }
            }
            return sums
        }
        var total = [Double](repeating: 0, count: Self.temperatures.count)
        for block in blocks ?? [] { for number in total.indices { total[number] += block[number] } }
        guard let best = total.max(), best < 0 else { return TransitionSettings().temperature }
        return Self.temperatures[total.firstIndex(of: best) ?? 3]
    }
}
