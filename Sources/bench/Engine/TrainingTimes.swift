import Glibc
import Recommend

/// How long user-personalization-v2 takes to train on a made set, and how well it foretells each asked user's last event.
struct TrainingTimes {
    let events: Int
    let users: Int
    let items: Int
    let seeds: Int
    /// Users asked at most.
    private static let asked = 2000

    func report() throws {
        print("training: \(events) events, \(users) users, \(items) items, \(Threads.count) threads")
        for seed in 1...seeds {
            var byUser = [[(item: Int, time: Int)]](repeating: [], count: users)
            MadeSet(events: events, users: users, items: items, seed: UInt64(seed)).forEach { user, item, time, _ in byUser[user].append((item, time))
            }
            var table = Table(RatingFile.specs)
            for (user, events) in byUser.enumerated() {
                for event in events.dropLast() { _ = table.append([.string("u\(user)"), .string("i\(event.item)"), .long(Int64(event.time))]) }
            }
            var request = TrainingRequest(recipe: .userPersonalizationV2)
            request.interactions = table
            let (model, seconds) = try Stopwatch.time { try Trainer.learn(request) }
            var scores: [Double] = []
            for events in byUser where events.count > 2 && scores.count < Self.asked {
                guard let last = events.last else { continue }
                let history = model.history(
                    of: nil,
                    adding: events.dropLast().suffix(model.historyLimit).map { ("i\($0.item)", EpochSeconds(Int64($0.time))) }
                )
                let list = model.recommend(Query(history: history, count: 10)).map { model.items[$0.item] }
                scores.append(list.firstIndex(of: "i\(last.item)").map { 1 / log2(Double($0 + 2)) } ?? 0)
            }
            let mean = scores.reduce(0, +) / Double(scores.count)
            let variance = scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(scores.count - 1)
            print(
                "  seed \(seed): trained in \(seconds.text(2)) s, share of the trained model \(Double(model.trainedShare ?? 0).text(1)), last event ndcg@10 "
                    + "\(mean.text(4)) ± \((variance / Double(scores.count)).squareRoot().text(4)), peak \(Stopwatch.peakMemory.text(0)) MB"
            )
        }
    }
}
