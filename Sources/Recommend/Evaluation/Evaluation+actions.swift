extension Evaluation {
    /// A tenth of the users of action interactions are test users; each of their events is predicted from what came before it.
    mutating func evaluateActions(_ trainingData: TrainingData, _ settings: FamilySettings, seed: UInt64, _ shouldContinue: (Double) -> Bool) -> Bool
    {
        let events = trainingData.actionEvents
        let names = Set(events.map(\.userId)).map { (hash: Mixing.hash($0, seed: seed), name: $0) }.sorted { $0 < $1 }
        let test = Set(names.prefix(max(1, (names.count + 5) / 10)).map(\.name))
        let model = Actions(events.filter { !test.contains($0.userId) }, trainingData.request, period: settings.actionPeriod)
        guard shouldContinue(0.8) else { return false }
        let ordered = events.enumerated().filter { test.contains($0.element.userId) }
            .sorted { ($0.element.timestamp, $0.offset) < ($1.element.timestamp, $1.offset) }.map(\.element)
        var own: [String: (taken: Int32, passed: Int32)] = [:]
        var all: [String: (taken: Int32, passed: Int32)] = [:]
        var answers: [(probability: Double, isTaken: Bool)] = []
        for event in Actions.counted(ordered, period: settings.actionPeriod) {
            guard let action = model.ids.index(of: event.actionId) else { continue }
            let pair = event.userId + "\u{1f}" + event.actionId
            let line = Actions.features(
                action: action,
                actions: model.ids.count,
                own: own[pair] ?? (0, 0),
                all: all[event.userId] ?? (0, 0),
                tokens: model.tokens(of: event.userId)
            )
            let isTaken = event.outcome == .taken
            answers.append((model.model.probability(line), isTaken))
            if isTaken {
                own[pair, default: (0, 0)].taken += 1
                all[event.userId, default: (0, 0)].taken += 1
            } else {
                own[pair, default: (0, 0)].passed += 1
                all[event.userId, default: (0, 0)].passed += 1
            }
        }
        testUsers = test.count
        queries = answers.count
        let said = Double(answers.count { $0.probability >= 0.5 })
        let taken = Double(answers.count { $0.isTaken })
        let both = Double(answers.count { $0.probability >= 0.5 && $0.isTaken })
        others["PRECISION"] = said == 0 ? 0 : both / said
        others["RECALL"] = taken == 0 ? 0 : both / taken
        others["AUC"] = Self.areaUnderCurve(answers)
        return true
    }

    /// The probability that one that was taken has the higher figure than one that was not; equal figures count half. Half without both kinds.
    static func areaUnderCurve(_ answers: [(probability: Double, isTaken: Bool)]) -> Double {
        let sorted = answers.sorted { $0.probability < $1.probability }
        let taken = Double(sorted.count { $0.isTaken })
        let others = Double(sorted.count) - taken
        guard taken > 0, others > 0 else { return 0.5 }
        var below = 0.0
        var area = 0.0
        var start = 0
        while start < sorted.count {
            var end = start
            while end < sorted.count, sorted[end].probability == sorted[start].probability { end += 1 }
            let tied = sorted[start..<end]
            let tiedTaken = Double(tied.count { $0.isTaken })
            let tiedOthers = Double(tied.count) - tiedTaken
            area += tiedTaken * (below + tiedOthers / 2)
            below += tiedOthers
            start = end
        }
        return area / (taken * others)
    }
}
