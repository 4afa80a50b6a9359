import Kernels
import Testing

@testable import Recommend

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

struct SuccessorTests {
    static func fit(_ events: [Made.Event], _ settings: TransitionSettings = TransitionSettings()) throws -> (Interactions, TransitionModel) {
        let interactions = Made.interactions(events)
        return (interactions, try #require(TransitionModel(Sequences(interactions, users: 0..<interactions.userCount), settings: settings)))
    }

    static func probabilities(_ logits: [Double], _ temperature: Double) -> [Double] {
        let peak = logits.max() ?? 0
        let parts = logits.map { exp(($0 - peak) / temperature) }
        return parts.map { $0 / parts.reduce(0, +) }
    }

    /// The model written down densely and slowly, straight from the formulas of docs/recommend.md.
    static func reference(_ interactions: Interactions, _ history: [Int32], _ settings: TransitionSettings) -> [Double] {
        let items = interactions.itemCount
        let gaps = (1...settings.window).map { (65536 * exp(-Double($0 - 1) / settings.gapDecay)).rounded() / 65536 }.filter { $0 >= 64 / 65536.0 }
        var counts = [[Double]](repeating: [Double](repeating: 0, count: items), count: items)
        var hits = [[Double]](repeating: [Double](repeating: 0, count: settings.window), count: 4)
        var opportunities = hits
        for user in 0..<interactions.userCount {
            let line = interactions.events(of: user).map { Int(interactions.itemOf[$0]) }
            for now in line.indices {
                let coming = line[(now + 1)...].prefix(gaps.count)
                for (gap, next) in coming.enumerated() where next != line[now] { counts[line[now]][next] += gaps[gap] }
                let window = line[max(0, now - settings.window + 1)...now]
                for item in Set(window) {
                    let touches = min(3, window.filter { $0 == item }.count)
                    let back = now - (window.lastIndex(of: item) ?? now)
                    for (gap, next) in coming.enumerated() {
                        opportunities[touches][back] += gaps[gap]
                        if next == item { hits[touches][back] += gaps[gap] }
                    }
                }
            }
        }
        let total = Double(interactions.eventCount) + settings.priorCount * Double(items)
        let prior = (0..<items).map { item in
            (Double(interactions.itemOf.filter { Int($0) == item }.count) + settings.priorCount) / total
        }
        let smoothing = max(1, settings.smoothing * Double(items))
        var logits = prior.map { settings.priorPower * log($0) }
        for (back, item) in history.reversed().prefix(settings.window).enumerated() {
            let weight = settings.strength * exp(-Double(back) / settings.historyDecay)
            let row = counts[Int(item)]
            let all = row.reduce(0, +)
            for next in 0..<items {
                let probability = (row[next] + smoothing * prior[next]) / (all + smoothing)
                logits[next] += weight * log(probability / prior[next])
            }
        }
        let window = Array(history.suffix(settings.window))
        for item in Set(window) {
            let touches = min(3, window.filter { $0 == item }.count)
            let back = window.count - 1 - (window.lastIndex(of: item) ?? 0)
            let probability = (hits[touches][back] + smoothing / Double(items)) / (opportunities[touches][back] + smoothing)
            logits[Int(item)] += settings.repeatStrength * (log(probability) - log(prior[Int(item)]))
        }
        return probabilities(logits, settings.temperature)
    }

    @Test(arguments: [32, 5, 2])
    func `scores are those of the dense reference`(window: Int) throws {
        var settings = TransitionSettings()
        settings.window = window
        settings.smoothing = 0.2
        let (interactions, model) = try Self.fit(Made.events(users: 12, items: 15, perUser: 25), settings)
        for user in 0..<12 {
            let history = Array(interactions.itemOf[interactions.events(of: user)])
            for length in [0, 1, 2, 7, 25] {
                let known = Array(history.prefix(length))
                var logits: [Float] = []
                model.score(known, into: &logits)
                let expected = Self.reference(interactions, known, settings)
                let scale = Softmax.scale(logits, temperature: settings.temperature)
                for item in 0..<15 {
                    let score = scale.probability(logits[item])
                    // The weights below 1/1024 that the model leaves out, and Float logits, are what the tolerance is for.
                    #expect(abs(score - expected[item]) < 3e-3 * expected[item] + 1e-9)
                }
                #expect(abs(logits.reduce(0) { $0 + scale.probability($1) } - 1) < 1e-5)
            }
        }
    }

    @Test func `the checkerboard law: the one item of my colour that I have not touched is on top`() throws {
        let items = 12
        let events = (0..<items).flatMap { user in
            (0..<items).filter { $0 != user && $0 % 2 == user % 2 }.map {
                // Everybody goes round in another order, so that everything follows everything.
                Made.Event(user: "u\(user + 10)", item: "i\($0 + 10)", time: Int64(($0 * 7 + user * 5) % items))
            }
        }
        let (interactions, model) = try Self.fit(events)
        for user in 0..<items {
            let history = interactions.itemOf[interactions.events(of: user)]
            var logits: [Float] = []
            model.score(Array(history), into: &logits)
            var allow = Bitset(count: items, filled: true)
            for item in history { allow[Int(item)] = false }
            #expect(TopK.select(logits, 1, allow: allow) == [Int32(user)])
        }
    }

    @Test func `the over-fit law: what always follows is on top`() throws {
        let events = (0..<20).flatMap { user in
            (0..<30).map { Made.Event(user: "u\(user)", item: "i\((user + $0) % 9)", time: Int64($0)) }
        }
        let (interactions, model) = try Self.fit(events)
        for item in 0..<9 {
            let history = (0..<20).compactMap { interactions.items.index(of: "i\((item + $0) % 9)") }
            var logits: [Float] = []
            model.score(history, into: &logits)
            #expect(interactions.items[TopK.select(logits, 1)[0]] == "i\((item + 20) % 9)")
        }
    }

    @Test func `a return is learnt from the data: likely where users return once, unlikely where they never do`() throws {
        func scoreOfNewest(_ times: Int) throws -> (Double, Double) {
            let events = (0..<30).flatMap { user in
                (0..<20).flatMap { step in
                    (0..<times).map {
                        Made.Event(user: "u\(user)", item: "i\((user * 7 + step * 3) % 20)", time: Int64(step * 10 + $0), type: "t\($0)")
                    }
                }
            }
            let (interactions, model) = try Self.fit(events)
            var logits: [Float] = []
            let item = try #require(interactions.items.index(of: "i3"))
            model.score([item], into: &logits)
            let once = Softmax.scale(logits, temperature: 1).probability(logits[Int(item)])
            model.score([item, item], into: &logits)
            return (once, Softmax.scale(logits, temperature: 1).probability(logits[Int(item)]))
        }
        let returning = try scoreOfNewest(2)
        let never = try scoreOfNewest(1)
        #expect(returning.0 > 10 * never.0)
        #expect(returning.1 < returning.0 / 4)
    }

    @Test func `bptt bounds what is looked at, and recency_mask off makes order not matter`() throws {
        var settings = TransitionSettings()
        settings.window = 3
        settings.repeatStrength = 0
        let (_, model) = try Self.fit(Made.events(), settings)
        var left: [Float] = []
        var right: [Float] = []
        model.score([9, 1, 2, 3], into: &left)
        model.score([5, 1, 2, 3], into: &right)
        #expect(left == right)
        model.score([3, 2, 1], into: &right)
        #expect(left != right)
        settings.decaysHistory = false
        let (_, flat) = try Self.fit(Made.events(), settings)
        flat.score([1, 2, 3], into: &left)
        flat.score([3, 2, 1], into: &right)
        #expect(zip(left, right).allSatisfy { abs($0 - $1) < 1e-4 })
        #expect(settings.weights(length: 3).allSatisfy { $0 == settings.weights(length: 3)[0] })
    }

    @Test func `counting stops when told to`() throws {
        let interactions = Made.interactions(Made.events())
        #expect(TransitionModel(Sequences(interactions, users: 0..<60), settings: TransitionSettings()) { _ in false } == nil)
        #expect(Neighbours(profiles: [[0, 1]], itemCount: 2, settings: NeighbourSettings()) { _ in false } == nil)
    }

    @Test func `the vector exponential is the exponential`() {
        for step in 0...800 {
            let x = -Float(step) / 10
            let expected = exp(Double(x))
            #expect(abs(Double(Kernels.exp(SIMD8(repeating: x))[3]) - expected) <= 4e-7 * expected + 1e-37)
        }
    }

    @Test func `the best are those of a full sort, ties by index`() {
        // Both signs, both zeros, what is masked out, and many equal ones.
        let special: [Float] = [-.infinity, -0.0, 0, .leastNonzeroMagnitude, -1e30, .infinity]
        var values = (0..<500).map { Float(Int(Mixing.mix(UInt64($0)) % 50) - 25) }
        for index in stride(from: 0, to: 500, by: 9) { values[index] = special[index / 9 % special.count] }
        let order = (0..<500).sorted { (values[$1], $0) < (values[$0], $1) }.map { Int32($0) }
        for count in [0, 1, 7, 499, 500, 600] { #expect(TopK.select(values, count) == Array(order.prefix(count))) }
        var allow = Bitset(count: 500)
        for index in stride(from: 0, to: 500, by: 3) { allow[index] = true }
        #expect(TopK.select(values, 20, allow: allow) == Array(order.filter { $0 % 3 == 0 }.prefix(20)))
        var mixed = TopK(capacity: 40)
        for index in (0..<500).sorted(by: { Mixing.mix(UInt64($0)) < Mixing.mix(UInt64($1)) }) { mixed.add(values[index], Int32(index)) }
        #expect(mixed.sorted() == Array(order.prefix(40)))
    }
}
