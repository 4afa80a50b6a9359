import Testing

@testable import Recommend

struct ActionTests {
    static func model(_ change: (inout TrainingRequest) -> Void = { _ in }) throws -> TrainedModel {
        var request = Made.fullRequest(.nextBestAction)
        change(&request)
        return try Trainer.train(request).model
    }

    static let now: Int64 = 5_000_000

    @Test func `a user's own kind of action comes first, scores are probabilities, too little known is 0`() throws {
        let model = try Self.model()
        var right = 0
        for user in 0..<20 {
            let list = model.recommendActions(userId: "u\(user)", now: EpochSeconds(Self.now))
            if list.first?.actionId == "a\(user % 4)", (list.first?.score ?? 0) > 0.5 { right += 1 }
            #expect(list.allSatisfy { (0...1).contains($0.score) })
            // Nobody was ever shown a4; it comes last, unscored.
            #expect(list.last == RecommendedAction(actionId: "a4", score: 0))
        }
        // One event in ten is made against the kind.
        #expect(right >= 17)
    }

    @Test func `events since training change that user's scores, and nobody else's`() throws {
        let model = try Self.model()
        func score(_ user: String, _ fresh: [ActionEvent]) -> Double? {
            model.recommendActions(userId: user, adding: fresh, now: EpochSeconds(Self.now)).first { $0.actionId == "a1" }?.score
        }
        let taken = (0..<5).map { ActionEvent(userId: "new", actionId: "a1", outcome: .taken, timestamp: EpochSeconds(Self.now - 100 + $0)) }
        let passed = (0..<5).map { ActionEvent(userId: "new", actionId: "a1", outcome: .notTaken, timestamp: EpochSeconds(Self.now - 100 + $0)) }
        let before = try #require(score("new", []))
        #expect(try #require(score("new", taken)) > before)
        #expect(try #require(score("new", passed)) < before)
        #expect(score("u1", []) == score("u1", []))
    }

    @Test func `expired actions, and those taken too lately, are left out; a filter leaves the rest`() throws {
        let model = try Self.model { request in
            var actions = Table(request.actions?.specs ?? [])
            _ = actions.append([.string("a0"), .long(1), .long(Self.now), .null])
            _ = actions.append([.string("a1"), .long(9), .null, .long(3)])
            _ = actions.append([.string("a2"), .null, .long(Self.now + 1), .null])
            request.actions = actions
        }
        func ids(_ fresh: [ActionEvent], _ now: Int64) -> Set<String> {
            Set(model.recommendActions(userId: "new", adding: fresh, now: EpochSeconds(now), count: 100).map(\.actionId))
        }
        #expect(ids([], Self.now) == ["a1", "a2", "a3"])
        #expect(ids([], Self.now + 1) == ["a1", "a3"])
        let taken = [ActionEvent(userId: "new", actionId: "a1", outcome: .taken, timestamp: EpochSeconds(Self.now - 10))]
        #expect(!ids(taken, Self.now).contains("a1"))
        #expect(ids(taken, Self.now + 3 * 86_400).contains("a1"))
        var allow = Bitset(count: model.actionIds.count)
        allow[Int(try #require(model.actionIds.index(of: "a3")))] = true
        #expect(model.recommendActions(userId: "new", now: EpochSeconds(Self.now), count: 9, allow: allow).map(\.actionId) == ["a3"])
    }

    @Test func `a view before the taking within the period is not one against the action`() {
        let events = [
            ActionEvent(userId: "u", actionId: "a", outcome: .viewed, timestamp: 0),
            ActionEvent(userId: "u", actionId: "a", outcome: .viewed, timestamp: 80),
            ActionEvent(userId: "v", actionId: "a", outcome: .viewed, timestamp: 90),
            ActionEvent(userId: "u", actionId: "a", outcome: .taken, timestamp: 100),
        ]
        #expect(Actions.counted(events, period: 50) == [events[0], events[2], events[3]])
        #expect(Actions.counted(events, period: 100) == [events[2], events[3]])
    }

    @Test(arguments: [(50, 50, 0, true), (49, 50, 0, false), (50, 49, 0, false), (50, 50, 43, false)])
    func `an action is scored by fifty events of either kind in six weeks, also those that do not count against it`(
        taken: Int,
        passed: Int,
        daysBefore: Int64,
        isScored: Bool
    ) throws {
        let model = try Self.model { request in
            // Every refusal is followed by the same user's taking it.
            func events(_ outcome: ActionEvent.Outcome, _ count: Int, _ time: Int64) -> [ActionEvent] {
                (0..<count).map { ActionEvent(userId: "v\($0)", actionId: "late", outcome: outcome, timestamp: EpochSeconds(time + Int64($0))) }
            }
            let time = 4_000_000 - daysBefore * 86_400
            request.streamedActions += events(.notTaken, passed, time - 1000) + events(.taken, taken, time)
        }
        let late = model.recommendActions(userId: "new", now: EpochSeconds(Self.now), count: 100).first { $0.actionId == "late" }
        #expect((try #require(late).score > 0) == isScored)
    }

    @Test func `names of outcomes are read whatever their case and blanks`() {
        for name in ["Taken", "TAKEN", "taken"] { #expect(ActionEvent.Outcome(name) == .taken) }
        for name in ["Not taken", "NOT_TAKEN", "Not Taken", "nottaken"] { #expect(ActionEvent.Outcome(name) == .notTaken) }
        #expect(ActionEvent.Outcome("Viewed") == .viewed && ActionEvent.Outcome("clicked") == nil)
    }

    @Test func `the metrics are there, and the model is better than chance`() throws {
        let training = try Trainer.train(Made.fullRequest(.nextBestAction))
        #expect(Set(training.evaluation.metrics.keys) == ["PRECISION", "RECALL", "AUC"])
        #expect(try #require(training.evaluation.metrics["AUC"]) > 0.8)
    }

    @Test func `the area under the curve is the share of pairs in the right order`() {
        var answers: [(probability: Double, isTaken: Bool)] = []
        for number in UInt64(0)..<60 { answers.append((Double(Mixing.mix(number) % 7) / 7, Mixing.mix(number + 99) % 3 == 0)) }
        var right = 0.0
        var pairs = 0.0
        for taken in answers where taken.isTaken {
            for other in answers where !other.isTaken {
                pairs += 1
                right += taken.probability > other.probability ? 1 : taken.probability == other.probability ? 0.5 : 0
            }
        }
        #expect(abs(Evaluation.areaUnderCurve(answers) - right / pairs) < 1e-12)
    }

    @Test func `logistic regression: the gradient vanishes at the optimum`() {
        let examples = (0..<200).map { number -> Logistic.Example in
            let mixed = Mixing.mix(UInt64(number))
            let value = Double((mixed >> 50) % 5) / 2 - 1
            var features: [(feature: Int32, value: Double)] = []
            for feature in 0..<6 where (mixed >> UInt64(feature * 4)) & 3 == 0 { features.append((Int32(feature), value)) }
            return Logistic.Example(features: features, isPositive: (mixed >> 30) % 3 == 0)
        }
        let penalties = [Double](repeating: 0.3, count: 6)
        let model = Logistic(examples, penalties: penalties, sweeps: 2000)
        var slopes = zip(penalties, model.weights).map { $0 * $1 }
        for example in examples {
            let error = model.probability(example.features) - (example.isPositive ? 1 : 0)
            for (feature, value) in example.features { slopes[Int(feature)] += error * value }
        }
        #expect(slopes.allSatisfy { abs($0) < 1e-5 })
        #expect(model.weights.contains { abs($0) > 0.05 })
    }
}
