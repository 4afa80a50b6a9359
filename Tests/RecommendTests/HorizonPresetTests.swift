import Testing

@testable import Recommend

struct ReachTests {
    static func horizon(_ events: [Made.Event], _ recipe: Recipe = .userPersonalization, _ change: (inout TrainingRequest) -> Void = { _ in }) throws
        -> HorizonPreset?
    {
        var request = Made.request(recipe, events)
        change(&request)
        let interactions = Made.interactions(events)
        let trainingData = try TrainingData(request, interactions)
        return trainingData.chooseHorizon(users: Array(0..<interactions.userCount), seed: 1, shouldContinue: { _ in true })
    }

    /// Users who take some items of one shelf of many, in an order of their own: what follows at once says no more than what follows later.
    static func shelves(users: Int = 300, shelves: Int = 10, perShelf: Int = 100, taken: Int = 20) -> [Made.Event] {
        (0..<users).flatMap { user in
            let order = (0..<perShelf).sorted { Mixing.combine(UInt64(user), UInt64($0)) < Mixing.combine(UInt64(user), UInt64($1)) }
            return order.prefix(taken).enumerated().map { Made.Event(user: "u\(user)", item: "i\(user % shelves)-\($1)", time: Int64(1000 + $0)) }
        }
    }

    @Test func `where one item leads to the next, the shortest horizon is taken`() throws {
        #expect(try Self.horizon(Made.events(users: 250)) == .next)
    }

    @Test func `where a sitting has no order, a longer horizon is taken`() throws {
        #expect(try Self.horizon(Self.shelves()) == .far)
    }

    @Test func `too few events, another family or no recency: the shortest horizon without a look`() throws {
        #expect(try Self.horizon(Self.shelves(users: 100)) == .next)
        #expect(try Self.horizon(Self.shelves(), .itemAffinity) == .next)
        #expect(try Self.horizon(Self.shelves()) { $0.algorithm["recency_mask"] = "false" } == .next)
    }

    @Test func `a model that reaches farther has other settings, and the hyperparameters still steer it`() {
        var request = Made.request()
        request.algorithm["bptt"] = "8"
        let (near, far) = (FamilySettings(request).successors, FamilySettings(request, horizon: .far).successors)
        #expect(far.gapDecay > near.gapDecay && far.historyDecay > near.historyDecay)
        #expect(far.window == 8)
    }

    @Test func `the choice can be stopped`() throws {
        let events = Self.shelves()
        let trainingData = try TrainingData(Made.request(.userPersonalization, events), Made.interactions(events))
        #expect(trainingData.chooseHorizon(users: Array(0..<300), seed: 1, shouldContinue: { _ in false }) == nil)
    }
}
