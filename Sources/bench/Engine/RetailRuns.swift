import Glibc
import Recommend

/// A made shop's held-out users: a tenth is asked for the newest tenth of its events, touched items included, beside "most recently touched first".
struct RetailRuns {
    let seeds: Int

    private struct Figures {
        var reciprocal: [Double] = []
        var precision: [Double] = []

        /// Mean and standard error.
        static func text(_ values: [Double]) -> String {
            let mean = values.reduce(0, +) / Double(values.count)
            let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(1, values.count - 1))
            return "\(mean.text(4)) ± \((variance / Double(values.count)).squareRoot().text(4))"
        }
    }

    func report() throws {
        let names = [
            "most recent first", "popular", "the shop's own rules", Recipe.userPersonalization.rawValue, Recipe.userPersonalizationV2.rawValue,
        ]
        var figures = names.map { _ in Figures() }
        var returned: [Double] = []
        for seed in 1...seeds {
            let set = RetailSet(seed: UInt64(seed))
            let byUser = Dictionary(grouping: set.events()) { $0.user }.sorted { $0.key < $1.key }.map(\.value).filter { $0.count >= 10 }
            // Ids are numbered by a generator that knows nothing of the order, so every tenth is a sample.
            let test = byUser.indices.filter { $0 % 10 == 0 }
            let table = Self.table(byUser.indices.filter { $0 % 10 != 0 }.flatMap { byUser[$0] })
            var models: [TrainedModel?] = [nil, nil, nil]
            for recipe in [Recipe.userPersonalization, .userPersonalizationV2] {
                var request = TrainingRequest(recipe: recipe)
                request.interactions = table
                models.append(try Trainer.learn(request))
            }
            guard let first = models[3] else { throw BenchFault("There is no model.") }
            let popular = first.popular(25).map { first.items[$0.item] }
            var sums = names.map { _ in (0.0, 0.0) }
            var again = 0.0
            for user in test {
                let events = byUser[user]
                let cut = max(1, events.count * 9 / 10)
                let truth = Set(events[cut...].map { "i\($0.item)" })
                var recent: [String] = []
                for event in events[..<cut].reversed() where !recent.contains("i\(event.item)") { recent.append("i\(event.item)") }
                again += Double(truth.count { recent.contains($0) }) / Double(truth.count)
                let known = [recent, popular, RetailOracle(set: set).order(events[..<cut], set.shopper(events[0].user))]
                for number in names.indices {
                    let list = number < known.count ? known[number] : Self.ask(models[number], events[..<cut])
                    let ranks = list.prefix(25).enumerated().filter { truth.contains($0.element) }.map(\.offset)
                    sums[number].0 += ranks.first.map { 1 / Double($0 + 1) } ?? 0
                    sums[number].1 += Double(ranks.count { $0 < 5 }) / 5
                }
            }
            for number in names.indices {
                figures[number].reciprocal.append(sums[number].0 / Double(test.count))
                figures[number].precision.append(sums[number].1 / Double(test.count))
            }
            returned.append(again / Double(test.count))
        }
        print("retail: \(seeds) seeds, share of the held-out items that were touched before \(Figures.text(returned))")
        for (name, figure) in zip(names, figures) {
            let padded = name + String(repeating: " ", count: max(0, 28 - name.count))
            print("  \(padded)  mrr@25 \(Figures.text(figure.reciprocal))  precision@5 \(Figures.text(figure.precision))")
        }
    }

    private static func ask(_ model: TrainedModel?, _ context: ArraySlice<RetailSet.Event>) -> [String] {
        guard let model else { return [] }
        let streamed = context.map {
            StreamedEvent(userId: "new", itemId: "i\($0.item)", eventType: $0.type, timestamp: EpochSeconds($0.time))
        }
        let history = model.history(of: nil, adding: streamed)
        return model.recommend(Query(history: Array(history.suffix(model.historyLimit)), count: 25)).map { model.items[$0.item] }
    }

    private static func table(_ events: [RetailSet.Event]) -> Table {
        var table = Table(ImportSpeed.specs)
        for event in events {
            _ = table.append([.string("u\(event.user)"), .string("i\(event.item)"), .long(event.time), .string(event.type)])
        }
        return table
    }
}
