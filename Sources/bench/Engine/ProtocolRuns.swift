import Glibc
import Recommend

/// Quality by four protocols, items of the context left out of the lists, ideal over min(10, truth).
struct ProtocolRuns {
    private let byUser: [[Rating]]
    private let all: [Rating]
    /// Indices in `byUser` of a tenth of the users, chosen by a hash of their ids.
    private let test: Set<Int>

    init(_ ratings: [Rating]) {
        all = ratings
        var indexOf: [String: Int] = [:]
        var users: [[Rating]] = []
        for rating in ratings {
            let index = indexOf[rating.user] ?? users.count
            if index == users.count {
                indexOf[rating.user] = index
                users.append([])
            }
            users[index].append(rating)
        }
        byUser = users
        func hash(_ text: String) -> UInt64 { text.utf8.reduce(14_695_981_039_346_656_037) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 } }
        let order = users.indices.filter { users[$0].count >= 2 }.sorted { hash(users[$0][0].user) < hash(users[$1][0].user) }
        test = Set(order.prefix(max(1, order.count / 10)))
    }

    private struct Meter {
        var gain = 0.0
        var hits = 0.0
        var questions = 0.0

        mutating func add(_ list: [String], _ truth: Set<String>) {
            questions += 1
            let ranks = list.prefix(10).enumerated().filter { truth.contains($0.element) }.map(\.offset)
            let ideal = (0..<min(10, truth.count)).reduce(0.0) { $0 + 1 / log2(Double($1 + 2)) }
            gain += ranks.reduce(0) { $0 + 1 / log2(Double($1 + 2)) } / ideal
            if !ranks.isEmpty { hits += 1 }
        }
    }

    private func learn(_ ratings: some Sequence<Rating>, _ recipe: Recipe) throws -> (model: TrainedModel, seconds: Double) {
        var request = TrainingRequest(recipe: recipe)
        request.interactions = RatingFile.table(ratings)
        let (model, seconds) = try Stopwatch.time { try Trainer.learn(request) }
        return (model, seconds)
    }

    private func ask(_ model: TrainedModel, _ context: ArraySlice<Rating>) -> [String] {
        let history = model.history(of: nil, adding: context.map { ($0.item, EpochSeconds($0.time)) })
        var allow = Bitset(count: model.items.count, filled: true)
        for event in history { allow[Int(event.item)] = false }
        return model.recommend(Query(history: Array(history.suffix(model.historyLimit)), count: 10, allow: allow)).map { model.items[$0.item] }
    }

    func report() throws {
        print("protocols: \(byUser.count) users, \(all.count) events, \(test.count) test users")
        print(
            "recipe                        P1 ndcg@10  hr@10    P2 ndcg@10  hr@10    P3 ndcg@10  hr@10    P4 ndcg@10  hr@10    P2 fit s  trained share"
        )
        for recipe in [Recipe.userPersonalizationV2, .userPersonalization, .popularityCount] {
            var cells: [String] = []
            var meter = Meter()
            var live = Meter()
            let (model, _) = try learn(byUser.indices.filter { !test.contains($0) }.flatMap { byUser[$0] }, recipe)
            for index in test.sorted() {
                let events = byUser[index]
                let cut = max(1, events.count * 9 / 10)
                meter.add(ask(model, events[..<cut]), Set(events[cut...].map(\.item)))
                for next in events.count / 2..<events.count { live.add(ask(model, events[..<next]), [events[next].item]) }
            }
            cells.append(Self.cell(meter))
            meter = Meter()
            let (last, seconds) = try learn(byUser.flatMap { $0.dropLast() }, recipe)
            for events in byUser where events.count >= 2 { meter.add(ask(last, events.dropLast()), [events[events.count - 1].item]) }
            cells.append(Self.cell(meter))
            cells.append(Self.cell(try instant(recipe)))
            cells.append(Self.cell(live))
            let name = recipe.rawValue + String(repeating: " ", count: 28 - recipe.rawValue.count)
            print("\(name)  \(cells.joined(separator: "  "))  \(seconds.text(2))      \(last.trainedShare.map { Double($0).text(2) } ?? "-")")
        }
    }

    /// P3: whoever has events after the instant is asked with what lies before it.
    private func instant(_ recipe: Recipe) throws -> Meter {
        let cut = all.count * 9 / 10
        let (model, _) = try learn(all[..<cut], recipe)
        var truth: [String: Set<String>] = [:]
        for rating in all[cut...] { truth[rating.user, default: []].insert(rating.item) }
        var context: [String: [Rating]] = [:]
        for rating in all[..<cut] where truth[rating.user] != nil { context[rating.user, default: []].append(rating) }
        var meter = Meter()
        for (user, items) in truth.sorted(by: { $0.key < $1.key }) { meter.add(ask(model, (context[user] ?? [])[...]), items) }
        return meter
    }

    private static func cell(_ meter: Meter) -> String {
        let texts = [(meter.gain / meter.questions).text(4), (meter.hits / meter.questions).text(3)]
        return zip(texts, [10, 7]).map { String(repeating: " ", count: max(0, $1 - $0.count)) + $0 }.joined(separator: "  ")
    }
}
