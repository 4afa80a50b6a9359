import Testing

@testable import Recommend

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

struct LogLinearTests {
    static let settings: LogLinearSettings = {
        var settings = LogLinearSettings()
        settings.leastEvents = 1
        return settings
    }()

    static func counted(_ events: [Made.Event]) throws -> (Sequences, TransitionModel) {
        let interactions = Made.interactions(events)
        let sequences = Sequences(interactions, users: 0..<interactions.userCount)
        return (sequences, try #require(TransitionModel(sequences, settings: TransitionSettings())))
    }

    /// Parameters written out densely.
    struct Reference {
        var bias: [Double]
        /// Per timescale, per pair of `TransitionModel`.
        var pairWeights: [[Double]]

        /// The mean loss of a position, straight from the formula.
        func loss(_ sequences: Sequences, _ successors: TransitionModel, _ settings: LogLinearSettings) -> Double {
            var sum = 0.0
            var positions = 0
            for line in sequences.flat.split(separator: -1) {
                let line = line.map(Int.init)
                for now in 0..<line.count - 1 {
                    positions += 1
                    var logits = bias
                    for past in 0...now {
                        for (scale, decay) in settings.decays.enumerated() {
                            let weight = exp(-Double(now - past) / decay)
                            for index in successors.pairs.entries(of: line[past]) {
                                logits[Int(successors.pairs.columns[index])] += weight * pairWeights[scale][index]
                            }
                        }
                    }
                    let window = Set(line[max(0, now - successors.settings.window + 1)...now])
                    let targets = line[(now + 1)...].prefix(settings.targets).enumerated().filter { !window.contains($0.element) }
                        .map { (item: $0.element, weight: exp(-Double($0.offset) / settings.horizon)) }
                    let total = targets.reduce(0) { $0 + $1.weight }
                    if total == 0 { continue }
                    let open = logits.indices.filter { !window.contains($0) }
                    let logSum = log(open.reduce(0) { $0 + exp(logits[$1]) })
                    for target in targets { sum -= target.weight / total * (logits[target.item] - logSum) }
                }
            }
            return sum / Double(positions)
        }
    }

    static func reference(_ model: LogLinear) -> Reference {
        Reference(bias: model.bias.map(Double.init), pairWeights: model.pairWeights.map { $0.map(Double.init) })
    }

    @Test func `the loss is that of the dense reference`() throws {
        // Four users make one batch, so the first report is the loss of the first parameters.
        let (sequences, successors) = try Self.counted(Made.events(users: 4, items: 9, perUser: 30))
        var first: Double?
        _ = LogLinear(sequences, successors, settings: Self.settings) { _, loss in
            if first == nil { first = loss }
            return true
        }
        let start = Reference(
            bias: successors.logProbability.map(Double.init),
            pairWeights: Self.settings.starts.map { start in successors.pairWeights.map { start * Double($0) } }
        )
        let expected = start.loss(sequences, successors, Self.settings)
        let found = try #require(first)
        #expect(abs(found - expected) < 1e-4, "\(found) \(expected)")
    }

    @Test func `at the optimum the gradient vanishes`() throws {
        let (sequences, successors) = try Self.counted(Made.events(users: 4, items: 6, perUser: 25))
        var settings = Self.settings
        /// The reference's own slope along some parameters, by differences.
        func slopes(_ model: LogLinear) -> Double {
            var reference = Self.reference(model)
            var largest = 0.0
            for scale in 0..<2 {
                for index in stride(from: 0, to: reference.pairWeights[scale].count, by: 4) {
                    let kept = reference.pairWeights[scale][index]
                    reference.pairWeights[scale][index] = kept + 1e-4
                    let above = reference.loss(sequences, successors, settings)
                    reference.pairWeights[scale][index] = kept - 1e-4
                    let below = reference.loss(sequences, successors, settings)
                    reference.pairWeights[scale][index] = kept
                    largest = max(largest, abs(above - below) / 2e-4)
                }
            }
            return largest
        }
        settings.epochs = 1
        let early = try #require(LogLinear(sequences, successors, settings: settings))
        settings.epochs = 600
        let late = try #require(LogLinear(sequences, successors, settings: settings))
        #expect(slopes(late) < 0.1 * slopes(early))
        #expect(Self.reference(late).loss(sequences, successors, settings) < Self.reference(early).loss(sequences, successors, settings))
    }

    @Test func `the over-fit law: what always follows is on top`() throws {
        let events = (0..<20).flatMap { user in
            (0..<30).map { Made.Event(user: "u\(user)", item: "i\((user * 3 + $0 * ($0 % 2 + 1)) % 11)", time: Int64($0)) }
        }
        let (sequences, successors) = try Self.counted(events)
        var settings = Self.settings
        settings.epochs = 60
        settings.targets = 1
        let model = try #require(LogLinear(sequences, successors, settings: settings))
        var logits: [Float] = []
        var right = 0
        var asked = 0
        for line in sequences.flat.split(separator: -1) {
            for now in 8..<line.count - 1 where !line.dropLast(line.count - 1 - now).contains(line[line.startIndex + now + 1]) {
                successors.score(Array(line.prefix(now + 1)), trained: model, into: &logits)
                var allow = Bitset(count: sequences.itemCount, filled: true)
                for item in line.prefix(now + 1) { allow[Int(item)] = false }
                asked += 1
                if TopK.select(logits, 1, allow: allow).first == line[line.startIndex + now + 1] { right += 1 }
            }
        }
        #expect(asked == 0 || right * 10 >= asked * 9)
    }

    @Test func `the checkerboard law: the one item of my colour that I have not touched is on top`() throws {
        let items = 12
        let events = (0..<items).flatMap { user in
            (0..<items).filter { $0 != user && $0 % 2 == user % 2 }.map {
                Made.Event(user: "u\(user + 10)", item: "i\($0 + 10)", time: Int64(($0 * 7 + user * 5) % items))
            }
        }
        let interactions = Made.interactions(events)
        let (sequences, successors) = try Self.counted(events)
        let model = try #require(LogLinear(sequences, successors, settings: Self.settings))
        var logits: [Float] = []
        for user in 0..<items {
            let history = interactions.itemOf[interactions.events(of: user)]
            successors.score(Array(history), trained: model, into: &logits)
            var allow = Bitset(count: items, filled: true)
            for item in history { allow[Int(item)] = false }
            #expect(TopK.select(logits, 1, allow: allow) == [Int32(user)])
        }
    }

    @Test func `training lowers the loss, and stops when told to`() throws {
        let (sequences, successors) = try Self.counted(Made.events(users: 80))
        var losses: [Double] = []
        _ = LogLinear(sequences, successors, settings: Self.settings) { _, loss in
            losses.append(loss)
            return true
        }
        let tenth = losses.count / 10
        let first = losses.prefix(tenth).reduce(0, +)
        let last = losses.suffix(tenth).reduce(0, +)
        #expect(tenth > 0 && last < 0.9 * first)
        #expect(LogLinear(sequences, successors, settings: Self.settings) { _, _ in false } == nil)
    }

    @Test func `a training goes on where another one stopped`() throws {
        let (sequences, successors) = try Self.counted(Made.events(users: 40))
        var reported: [[Double]] = [[], []]
        let first = try #require(LogLinear(sequences, successors, settings: Self.settings, passes: 2, keepsProgress: true))
        var progress = try #require(first.progress)
        // The same events once more.
        progress.eventCounts = progress.eventCounts.map { _ in 0 }
        for (number, start) in [nil, progress].enumerated() {
            _ = LogLinear(sequences, successors, settings: Self.settings, passes: 1, from: start) { _, loss in
                reported[number].append(loss)
                return true
            }
        }
        // Its parameters are those of the first: the loss begins where two passes led, and its last figures are no worse than theirs.
        #expect(reported[1][0] < reported[0][0])
        #expect(reported[1].reduce(0, +) < reported[0].reduce(0, +))
        let reference = Self.reference(first).loss(sequences, successors, Self.settings)
        let more = try #require(LogLinear(sequences, successors, settings: Self.settings, passes: 2, from: progress))
        #expect(Self.reference(more).loss(sequences, successors, Self.settings) < reference)
        let none = try #require(LogLinear(sequences, successors, settings: Self.settings, passes: 0, from: progress))
        for (pairWeights, old) in zip(none.pairWeights, first.pairWeights) { #expect(zip(pairWeights, old).allSatisfy { abs($0 - $1) < 1e-5 }) }
    }

    @Test func `any number of threads trains the same model`() throws {
        let before = Threads.count
        defer { Threads.count = before }
        let (sequences, successors) = try Self.counted(Made.events(users: 60, items: 400))
        let models = try [1, 2, 5].map { threads in
            Threads.count = threads
            return try #require(LogLinear(sequences, successors, settings: Self.settings))
        }
        #expect(models.allSatisfy { $0.bias == models[0].bias && $0.pairWeights == models[0].pairWeights })
    }

    @Test func `a share of 0 is the counting model, and shares between mix`() throws {
        let (sequences, successors) = try Self.counted(Made.events(users: 30))
        var model = try #require(LogLinear(sequences, successors, settings: Self.settings))
        let history: [Int32] = [3, 9, 21, 4]
        var counted: [Float] = []
        var trained: [Float] = []
        var mixed: [Float] = []
        successors.score(history, into: &counted)
        successors.score(history, trained: model, into: &trained)
        model.share = 0
        successors.score(history, trained: model, into: &mixed)
        #expect(zip(counted, mixed).allSatisfy { abs($0 - $1) < 1e-4 })
        model.share = 0.25
        successors.score(history, trained: model, into: &mixed)
        #expect(mixed.indices.allSatisfy { abs(mixed[$0] - 0.75 * counted[$0] - 0.25 * trained[$0]) < 1e-3 })
        #expect(counted != trained)
    }

    @Test func `one thread and two give the same bits`() throws {
        // Enough events for the trained model to be tried.
        let request = Made.fullRequest(.userPersonalizationV2, Made.events(users: 180, items: 60))
        let interactions = Interactions(request.interactions, streamed: request.streamed, items: request.items)
        let trainingData = try TrainingData(request, interactions)
        // Whatever share the validation cut would give to the trained model.
        var settings = FamilySettings(request)
        settings.trainedShare = 0.5
        let before = Threads.count
        defer { Threads.count = before }
        var trained: [LogLinear] = []
        let files = try [1, 2, 5].map { threads in
            Threads.count = threads
            let path = Made.path("threads-\(threads)")
            let model = try Trainer.train(request).model
            let family = trainingData.fit(users: Array(0..<interactions.userCount), settings, shouldContinue: { _ in true })
            if case .personal(let personal) = family { trained.append(try #require(personal.trained)) }
            try model.save(to: path)
            defer { Files.remove(path) }
            return Files.read(path)
        }
        #expect(files[0] == files[1] && files[0] == files[2] && files[0].count > 1000)
        #expect(trained.count == 3 && trained.allSatisfy { $0.bias == trained[0].bias && $0.pairWeights == trained[0].pairWeights })
    }
}
