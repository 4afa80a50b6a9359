import Testing

@testable import Recommend

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

struct ReturnsTests {
    /// Users who look at some things, and come back to one of their last three, an hour or days later.
    static func shop(users: Int = 250) -> [Made.Event] {
        var events: [Made.Event] = []
        for user in 0..<users {
            var dice = Mixing.combine(11, UInt64(user))
            var recent: [Int] = []
            var time: Int64 = 1_000_000
            for _ in 0..<24 {
                dice = Mixing.mix(dice)
                time += dice & 7 == 0 ? 200_000 : 60
                let item = dice & 24 == 0 || recent.isEmpty ? Int(dice >> 8 % 60) : recent[Int(dice >> 8) % recent.count]
                recent.removeAll { $0 == item }
                recent = Array(([item] + recent).prefix(3))
                events.append(Made.Event(user: "u\(user)", item: "i\(item)", time: time, type: dice >> 40 & 3 == 0 ? "Purchase" : "View"))
            }
        }
        return events
    }

    /// Users who click a film and watch it in the same second, and never come back to it.
    static func films(users: Int = 250) -> [Made.Event] {
        (0..<users).flatMap { user -> [Made.Event] in
            let order = (0..<60).sorted { Mixing.combine(UInt64(user), UInt64($0)) < Mixing.combine(UInt64(user), UInt64($1)) }
            return order.prefix(12).enumerated().flatMap { step, film in
                ["click", "watch"].map { Made.Event(user: "u\(user)", item: "f\(film)", time: Int64(1000 + step * 60), type: $0) }
            }
        }
    }

    static func learn(_ events: [Made.Event], _ recipe: Recipe = .userPersonalization) throws -> TrainedModel {
        try Trainer.learn(Made.request(recipe, events))
    }

    static func personal(_ model: TrainedModel) throws -> PersonalizedModel {
        guard case .personal(let personal) = model.family else { throw FileFailure(path: "", reason: "another family", kind: .contents) }
        return personal
    }

    private static func events(_ list: [(String, String, Int64)]) -> [StreamedEvent] {
        list.map { StreamedEvent(userId: "new", itemId: $0.0, eventType: $0.1, timestamp: EpochSeconds($0.2)) }
    }

    @Test func `where people come back, what they touched last comes first, and an event moves it there`() throws {
        let model = try Self.learn(Self.shop())
        let before = Self.events([("i3", "View", 2_000_000), ("i9", "View", 2_000_060), ("i20", "View", 2_000_120)])
        let list = model.recommend(model.history(of: nil, adding: before), count: 3).map { model.items[$0.item] }
        #expect(Set(list) == ["i3", "i9", "i20"])
        let after = before + Self.events([("i44", "View", 2_000_180)])
        let moved = model.recommend(model.history(of: nil, adding: after), count: 3).map { model.items[$0.item] }
        #expect(moved.contains("i44") && !moved.contains("i3"))
    }

    @Test func `where nobody comes back, a live click is pushed down; in the middle of a moment its watch is awaited`() throws {
        let model = try Self.learn(Self.films())
        let newest: Int64 = 1000 + 11 * 60
        func rank(_ time: Int64) throws -> Int {
            let clicks = Self.events([("f7", "click", time - 60), ("f7", "watch", time - 60), ("f30", "click", time)])
            let list = model.recommend(model.history(of: nil, adding: clicks), count: 60).map { model.items[$0.item] }
            return try #require(list.firstIndex(of: "f30"))
        }
        #expect(try rank(newest) == 0)
        #expect(try rank(newest + 3600) >= 50)
    }

    @Test func `scores are those of the slow reference, and sum to 1 over the catalogue`() throws {
        let model = try Self.learn(Self.shop())
        let personal = try Self.personal(model)
        let returns = try #require(personal.returns)
        let temperature = personal.successors.settings.temperature
        for user in ["u1", "u8", "u33"] {
            let history = model.history(of: user)
            var base: [Float] = []
            personal.base(PersonalizedModel.Query(history: history, userId: user), withRepeats: false, into: &base)
            let expected = Self.reference(history, base: base.map(Double.init), returns: returns, temperature: temperature)
            var logits: [Float] = []
            personal.score(PersonalizedModel.Query(history: history, userId: user), into: &logits)
            let scale = Softmax.scale(logits, temperature: temperature)
            for item in logits.indices { #expect(abs(scale.probability(logits[item]) - expected[item]) < 1e-3 * expected[item] + 1e-7) }
            #expect(abs(logits.reduce(0) { $0 + scale.probability($1) } - 1) < 1e-5)
        }
    }

    /// P straight from the formulas of docs/recommend.md, one full look at the history for each item and feature.
    static func reference(_ history: [HistoryEvent], base: [Double], returns: Returns, temperature: Double) -> [Double] {
        let events = Array(history.suffix(256))
        let newest = events[events.count - 1]
        let items = Set(events.map(\.item))
        var session = [Int](repeating: 0, count: events.count)
        for index in (0..<events.count - 1).reversed() {
            session[index] = session[index + 1] + (events[index + 1].time.value - events[index].time.value > 1800 ? 1 : 0)
        }
        let later = newest.time.value > returns.newest ? 1.0 : 0
        let outside = log(base.indices.filter { !items.contains(Int32($0)) }.reduce(0.0) { $0 + exp(base[$1] / temperature) })
        var odds: [Int32: Double] = [:]
        for item in items {
            let mine = events.indices.filter { events[$0].item == item }
            let last = mine[mine.count - 1]
            let rank = Set(events[(last + 1)...].map(\.item)).count
            let age = Double(newest.time.value - events[last].time.value)
            let touches = Double(mine.count)
            var x = [
                1, min(max(base[Int(item)] / temperature - outside, -30), 10), log(Double(1 + rank)), rank == 0 ? 1 : 0, rank == 1 ? 1 : 0,
                log(Double(events.count - last)), log(touches), touches == 1 ? 1 : 0, rank == 0 && touches == 1 ? 1 : 0,
                log(1 + Double(mine.count { session[$0] == 0 })), log(Double(Set(mine.map { session[$0] }).count)),
                log(Double(mine.count { $0 == 0 || events[$0 - 1].item != item })), log(Double(1 + session[last])),
                Double(returns.odds[Int(item)]), later, later == 1 && age == 0 ? 1 : 0, log(Double(items.count)),
                log((Double(events.count - items.count) + 0.5) / (Double(items.count) + 0.5)), log(Double(session.count { $0 == 0 })),
                events.count { $0.item == newest.item } > 1 ? 1 : 0,
            ]
            for decay in [60, 600, 3600, 86_400, 604_800, 2_592_000.0] { x.append(exp(-age / decay)) }
            for code in 1..<UInt8(returns.learnt.types.count + 1) {
                x.append(events[last].type == code ? 1 : 0)
                x.append(mine.contains { events[$0].type == code } ? 1 : 0)
                x.append(newest.type == code ? 1 : 0)
                x.append(newest.type == code && rank == 0 ? 1 : 0)
            }
            odds[item] = exp(zip(x, returns.learnt.weights).reduce(0) { $0 + $1.0 * $1.1 })
        }
        let all = 1 + odds.values.reduce(0, +)
        return base.indices.map { odds[Int32($0)].map { $0 / all } ?? exp(base[$0] / temperature - outside) / all }
    }

    @Test func `the slopes and curvatures of learning are those that differences of the loss show`() {
        var examples = ReturnExamples(types: 1)
        let odds = (0..<9).map { Float($0) / 10 - 0.4 }
        for number in 0..<150 {
            var dice = Mixing.mix(UInt64(number))
            let history = (0..<12).map { step in
                dice = Mixing.mix(dice)
                return HistoryEvent(item: Int32(dice >> 8 % 9), time: EpochSeconds(Int64(step) * Int64(dice % 4000)), type: UInt8(dice >> 30 & 1))
            }
            var moment = Returns.Moment(history.sorted { $0.time < $1.time }, types: 1, odds: odds, isLater: number % 2 == 0)
            let opinions = moment.touched.map { -Double($0.item) }
            let shares = moment.touched.map { $0.rank == number % 3 ? Float(0.75) : 0 }
            examples.add(&moment, opinions: opinions, shares: shares)
        }
        let width = Returns.width(types: 1)
        let weights = (0..<width).map { Double($0 % 5) / 20 - 0.1 }
        let sums = examples.sums(weights)
        for index in 0..<width {
            var (above, below) = (weights, weights)
            above[index] += 1e-2
            below[index] -= 1e-2
            let (high, low) = (examples.sums(above), examples.sums(below))
            #expect(abs((high.loss - low.loss) / 2e-2 - sums.slope[index]) < 2e-2 * (1 + abs(sums.slope[index])))
            for other in index..<width {
                let curvature = (high.slope[other] - low.slope[other]) / 2e-2
                #expect(abs(curvature - sums.curvature[index * examples.lanes * 8 + other]) < 3e-2 * (1 + abs(curvature)))
            }
        }
        let fitted = examples.fit(types: 1)
        let end = examples.sums(fitted)
        // With the ridge of .1, slope + .1·w is 0 at the best weights.
        for index in 0..<width { #expect(abs(end.slope[index] + 0.1 * fitted[index]) < 0.05) }
    }

    @Test func `the evaluated model is the one that its own users alone would give`() throws {
        let events = Self.shop()
        let whole = Made.interactions(events)
        let training = Split(whole, seed: 1).training
        let names = Set(training.map { whole.users[Int32($0)] })
        let request = Made.request(.userPersonalization, events)
        let trainingData = try TrainingData(request, whole)
        let part = Made.request(.userPersonalization, events.filter { names.contains($0.user) })
        let known = Interactions(part.interactions)
        let first = Split(known, seed: 1).training
        let horizon = try #require(try TrainingData(part, known).chooseHorizon(users: first, seed: 1, shouldContinue: { _ in true }))
        let judged = trainingData.tuned(FamilySettings(request, horizon: horizon), users: training, seed: 1, shouldContinue: { _ in true })?.returns
        let alone = try Self.personal(try Trainer.train(part).model).returns
        #expect(judged != nil && judged == alone?.learnt)
    }

    @Test(arguments: [2, 5])
    func `the number of threads changes no bit of what is learnt`(threads: Int) throws {
        let before = Threads.count
        defer { Threads.count = before }
        Threads.count = 1
        let alone = try Self.personal(try Self.learn(Self.shop())).returns
        Threads.count = threads
        let together = try Self.personal(try Self.learn(Self.shop())).returns
        #expect(alone != nil && alone?.learnt == together?.learnt && alone?.odds == together?.odds)
    }

    @Test func `returns are saved, and a file from before they were learnt still opens, and counts them as it did`() throws {
        let model = try Self.learn(Self.shop())
        let path = Made.path("returns")
        defer { Files.remove(path) }
        try model.save(to: path)
        let same = try TrainedModel.load(from: path)
        #expect(same.recommend(same.history(of: "u8"), count: 60) == model.recommend(model.history(of: "u8"), count: 60))
        #expect(try Self.personal(same).returns?.learnt == Self.personal(model).returns?.learnt)
        var bytes = Files.read(path)
        bytes[12] = 2
        Self.sign(&bytes)
        Files.write(bytes, path)
        let opened = try TrainedModel.load(from: path)
        #expect(try Self.personal(opened).returns == nil)
        var counted = try Self.personal(model)
        counted.returns = nil
        let history = model.history(of: "u8")
        var expected: [Float] = []
        counted.score(PersonalizedModel.Query(history: Array(history.suffix(32)), userId: "u8"), into: &expected)
        var found: [Float] = []
        opened.score(Query(userId: "u8", history: Array(history.suffix(32))), into: &found)
        #expect(found == expected)
    }

    /// Makes the checksum agree again.
    private static func sign(_ bytes: inout [UInt8]) {
        var checksum = Checksum64()
        bytes[..<(bytes.count - 8)].withUnsafeBytes { checksum.add($0) }
        withUnsafeBytes(of: checksum.value) { for (index, byte) in $0.enumerated() { bytes[bytes.count - 8 + index] = byte } }
    }

    @Test(arguments: ["RWEI", "RODD", "HSTY"])
    func `a weight, an odd or a type that cannot be is refused in words`(section: String) throws {
        let path = Made.path("returns-\(section)")
        defer { Files.remove(path) }
        try Self.learn(Self.shop()).save(to: path)
        var bytes = Files.read(path)
        let tag = Array(section.utf8)
        let start = try #require(bytes.indices.dropLast(24).first { Array(bytes[$0..<$0 + 4]) == tag })
        // All ones are not-a-number in either width, and a type of the number 255.
        for index in 0..<8 { bytes[start + 16 + index] = 0xff }
        Self.sign(&bytes)
        Files.write(bytes, path)
        let failure = #expect(throws: FileFailure.self) { _ = try TrainedModel.load(from: path) }
        #expect(failure?.reason == "does not fit together")
    }

    @Test func `types that hardly occur, or that are all there is, are not told apart`() {
        func types(_ events: [Made.Event]) -> [String] {
            let interactions = Made.interactions(events)
            return Returns.types(interactions, among: Array(0..<interactions.userCount))
        }
        let many = Self.shop()
        #expect(types(many) == ["view", "purchase"])
        #expect(types(many.map { Made.Event(user: $0.user, item: $0.item, time: $0.time, type: "View") }).isEmpty)
        let rare = many + [Made.Event(user: "u1", item: "i1", time: 5, type: "Return")]
        #expect(types(rare) == ["view", "purchase"])
        #expect(Returns.code(of: "VIEW", ["view"]) == 1 && Returns.code(of: "other", ["view"]) == 0 && Returns.code(of: nil, ["view"]) == 0)
    }
}
