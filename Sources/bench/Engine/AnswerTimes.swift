import Recommend

/// How long one answer takes, one thread: 25 items with scores from a history of 32, with exclusions and a filter.
enum AnswerTimes {
    static func report() throws {
        for items in [10_000, 100_000] {
            var pieces: [[UInt8]] = []
            MadeSet(events: items * 10, users: items / 2, items: items).csv { pieces.append($0) }
            var request = TrainingRequest(recipe: .userPersonalization)
            request.interactions = try ImportSpeed.imported(pieces)
            // Only the counting model: what is trained has the same pairs and one more multiplication each.
            request.algorithm = ["recency_mask": "false"]
            let model = try Trainer.learn(request)
            try report(model)
        }
    }

    private static func report(_ model: TrainedModel) throws {
        let count = model.items.count
        var filter = Bitset(count: count)
        for item in 0..<count where item % 3 != 0 { filter[item] = true }
        var nanoseconds: [Int64] = []
        var found = 0
        let users = model.userIds.count
        for question in 0..<3000 {
            let user = model.userIds[Int32(question * 7919 % users)]
            let start = Stopwatch.seconds()
            let history = model.history(of: user)
            var allow = filter
            for event in history { allow[Int(event.item)] = false }
            let exploration = Exploration(weight: 0.3, ageCutOffDays: 0.5)
            found += model.recommend(Query(userId: user, history: history, exploration: exploration, allow: allow)).count
            nanoseconds.append(Int64((Stopwatch.seconds() - start) * 1e9))
        }
        guard found == 3000 * 25 else { throw BenchFault("Some answers were short.") }
        let figures = Figures(nanoseconds: nanoseconds, seconds: Double(nanoseconds.reduce(0, +)) / 1e9)
        print(
            "answers: \(count) items, 25 with scores, history, exclusions, filter, exploration: p50 \((figures.percentile(50) / 1000).text(3)) ms, "
                + "p99 \((figures.percentile(99) / 1000).text(3)) ms, \(Int(figures.rate))/s"
        )
    }
}
