import Testing

@testable import Recommend

/// What a segment can be asked for, and what that costs.
struct SegmentTests {
    /// As many different words as items, in a text column.
    private static func request() -> TrainingRequest {
        var request = Made.request(.itemAttributeAffinity)
        var items = Table([
            ColumnSpec("ITEM_ID", .string), ColumnSpec("GENRE", .string, categorical: true), ColumnSpec("PRICE", .double),
            ColumnSpec("TEXT", .string, textual: true),
        ])
        for item in 0..<40 {
            let words = (0..<30).map { "word\((item * 7 + $0 * $0) % 90)" }.joined(separator: " ")
            _ = items.append([.string("i\(item)"), .string("g\(item % 4)"), .double(Double(item) / 2), .string(words)])
        }
        request.items = items
        return request
    }

    @Test func `the words of a text are no attributes, and each user is scored once however many attributes there are`() throws {
        let request = Self.request()
        let training = try Trainer.train(request)
        // Four classes and ten tenths of the price; not ninety words.
        #expect(training.evaluation.queries == 14)
        #expect(training.evaluation.scoredUsers == training.userCount)
        let features = try #require(training.model.features)
        #expect(features.tokens.count == 14 && features.reading == .attributes)
        #expect(training.model.users(forAttributes: [(column: "TEXT", value: "word7")], count: 3) == nil)
        var items = request
        items.items = nil
        items.recipe = .itemAffinity
        let byItem = try Trainer.train(items)
        #expect(byItem.evaluation.queries == 40 && byItem.evaluation.scoredUsers == byItem.userCount)
    }

    @Test func `a text alone is nothing to train on`() {
        var request = Self.request()
        request.excludedColumns = [.items: ["GENRE", "PRICE"]]
        #expect(TrainerTests.refusal(request) == .refused(Preconditions.noAttributes))
    }

    @Test func `a number is asked for by its value and stands for its tenth`() throws {
        let model = try Trainer.train(Self.request()).model
        guard case .affinity(let affinity) = model.family else { throw FileFailure(path: "", reason: "not an affinity model", kind: .contents) }
        func named(_ value: String) -> [String] { affinity.items(with: [(column: "price", value: value)]).map { model.items[$0] }.sorted() }
        #expect(named("9.25") == ["i16", "i17", "i18", "i19"])
        #expect(named("9.5") == named("9.25") && named("0") == ["i0", "i1", "i2", "i3"] && named("1e9") == ["i36", "i37", "i38", "i39"])
        #expect(named("cheap") == [] && named("nan") == [])
    }

    @Test(arguments: [1, 2, 5])
    func `several groups at once are what each is alone, on any number of threads`(threads: Int) throws {
        let model = try Trainer.train(Self.request()).model
        guard case .affinity(let affinity) = model.family else { throw FileFailure(path: "", reason: "not an affinity model", kind: .contents) }
        let before = Threads.count
        Threads.count = threads
        defer { Threads.count = before }
        let groups = (0..<4).map { group in (0..<Int32(40)).filter { $0 % 4 == group || $0 == 5 } }
        var together = [[Float]](repeating: [], count: groups.count)
        let scored = affinity.forEachUser(groups, model.histories) { _, figures in
            for (group, figure) in figures.enumerated() { together[group].append(figure) }
        }
        #expect(scored == model.histories.userCount)
        #expect(together == groups.map { affinity.scores($0, model.histories) })
    }

    @Test func `what is touched twice is summed once, also when the first touch is too small to show`() {
        var sums = SparseSums([100, 1, 1])
        sums.add(0..<2, of: [0, 1], [1e-9, 1], times: 1)
        sums.add(1, to: 0)
        #expect(Array(sums.touched) == [0, 1] && sums.sums == [101, 2, 1])
        sums.clear { _ in 0 }
        #expect(sums.touched.isEmpty && sums.sums == [0, 0, 1])
    }
}
