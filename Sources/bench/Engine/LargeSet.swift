import Recommend

/// A large made set from CSV to answers.
struct LargeSet {
    let events: Int
    let users: Int
    let items: Int

    func report() throws {
        print("large: \(events) events, \(users) users, \(items) items, threads \(Threads.count)")
        var pieces: [[UInt8]] = []
        MadeSet(events: events, users: users, items: items).csv { pieces.append($0) }
        let (table, importing) = try Stopwatch.time { try ImportSpeed.imported(pieces) }
        pieces = []
        let rate = Double(table.rowCount) / importing / 1e6
        print("  import \(importing.text(1)) s, \(rate.text(2)) million rows/s, peak \(Stopwatch.peakMemory.text(0)) MB")
        var request = TrainingRequest(recipe: .userPersonalization)
        request.interactions = table
        let (model, training) = try Stopwatch.time { try Trainer.learn(request) }
        let pace = Double(events) / training / 1e6
        print("  training \(training.text(1)) s, \(pace.text(2)) million events/s, peak \(Stopwatch.peakMemory.text(0)) MB")
        var nanoseconds: [Int64] = []
        let began = Stopwatch.seconds()
        var question = 0
        while Stopwatch.seconds() - began < 3 {
            let user = model.userIds[Int32(question * 7919 % model.userIds.count)]
            let start = Stopwatch.seconds()
            let answer = model.recommend(Query(userId: user, history: model.history(of: user)))
            guard answer.count == 25 else { throw BenchFault("An answer was short.") }
            nanoseconds.append(Int64((Stopwatch.seconds() - start) * 1e9))
            question += 1
        }
        let figures = Figures(nanoseconds: nanoseconds, seconds: Double(nanoseconds.reduce(0, +)) / 1e9)
        print(
            "  answers \(Int(figures.rate))/s on one thread, p99 \((figures.percentile(99) / 1000).text(2)) ms, peak \(Stopwatch.peakMemory.text(0)) MB"
        )
    }
}
