import Recommend
import Streams
import Testing
import Wire

@testable import Emulator
@testable import PersonalizeEmulator
@testable import S3Emulator
@testable import ServiceKit

/// The columnar evaluation against its naive twin.
@Suite struct FilterEvaluationTests {
    /// A dataset group's data in both forms.
    private struct Stage {
        var random: RandomFilters
        var naive = NaiveFilter()
        var items: Attributes
        var users: Attributes
        var subjects: FilterSubjects
        let store = EventStore(log: .inMemory())
        var sources: FilterSources
        /// Users and items the data have, and some that they do not.
        static let userIDs = (0..<5).map { "u\($0)" } + ["nobody"]
        static let itemIDs = (0..<90).map { "i\($0)" }

        init(seed: UInt64) {
            random = RandomFilters(seed: seed)
            var itemTable = Table(RandomFilters.itemSpecs)
            var userTable = Table(RandomFilters.userSpecs)
            for id in Self.itemIDs.prefix(70) {
                let row = Self.row(random.item(), id)
                #expect(itemTable.append(row) == nil)
                naive.rows[id] = Self.cells(row, RandomFilters.itemSpecs)
            }
            for id in Self.userIDs.prefix(4) {
                let row = Self.row(random.user(), id)
                #expect(userTable.append(row) == nil)
                naive.users[id] = Self.cells(row, RandomFilters.userSpecs)
            }
            var eventTable = Table(RandomFilters.eventSpecs)
            for _ in 0..<(200 + random.draw(900)) {
                let event = Self.event(&random)
                #expect(eventTable.append([.string(event.user), .string(event.subject), .long(event.time), .string(event.type)]) == nil)
                naive.events.append(event)
            }
            items = Attributes(itemTable, kind: .items)
            users = Attributes(userTable, kind: .users)
            // The model knows some items without a row and lacks some that have one.
            subjects = FilterSubjects(IdMap(Self.itemIDs.suffix(80)), items)
            let bulk = EventIndex(eventTable, kind: .interactions)
            sources = FilterSources(
                attributes: [.items: items, .users: users],
                events: [.interactions: UserEvents(bulk: bulk, streamed: store, dataset: 1, kind: .interactions)]
            )
        }

        private static func event(_ random: inout RandomFilters) -> NaiveFilter.Event {
            NaiveFilter.Event(
                user: "u\(random.draw(3))",
                subject: "i\(random.draw(90))",
                type: random.eventType(),
                time: Int64(random.draw(500))
            )
        }

        private static func row(_ values: [Value], _ id: String) -> [Value] { [.string(id)] + values.dropFirst() }

        private static func cells(_ row: [Value], _ specs: [ColumnSpec]) -> [String: NaiveFilter.Cell] {
            var cells: [String: NaiveFilter.Cell] = [:]
            for (value, spec) in zip(row, specs) {
                switch value {
                case .string(let text): cells[spec.name] = .text(text)
                case .long(let number): cells[spec.name] = .number(Double(number))
                case .double(let number): cells[spec.name] = .number(number)
                default: cells[spec.name] = .null
                }
            }
            return cells
        }

        /// One more event, or a new or changed row of an item or user.
        mutating func change() throws {
            switch random.draw(3) {
            case 0:
                let event = Self.event(&random)
                naive.events.append(event)
                let recorded = RecordedEvent(
                    sequence: 0,
                    userID: event.user,
                    sessionID: "s",
                    eventID: "e\(naive.events.count)",
                    itemID: event.subject,
                    eventType: event.type,
                    timestamp: Timestamp(milliseconds: event.time * 1000)
                )
                // The store takes equal contents once; a value of its own makes each event one.
                var kept = recorded
                kept.eventValue = Double(naive.events.count)
                try store.append([kept], dataset: 1).wait()
            case 1:
                let id = Self.itemIDs[random.draw(Self.itemIDs.count)]
                let row = Self.row(random.item(), id)
                items.upsert(row)
                naive.rows[id] = Self.cells(row, RandomFilters.itemSpecs)
            default:
                let id = Self.userIDs[random.draw(Self.userIDs.count)]
                let row = Self.row(random.user(), id)
                users.upsert(row)
                naive.users[id] = Self.cells(row, RandomFilters.userSpecs)
            }
        }
    }

    @Test(arguments: 1...24)
    func `columns and hand find the same`(seed: Int) throws {
        var stage = Stage(seed: UInt64(seed))
        let checker = FilterChecker(RandomFilters.schemas)
        var decided = [false: 0, true: 0]
        for round in 0..<150 {
            let text = stage.random.filter()
            let parsed = try FilterParser.parse(text)
            let plan = try checker.plan(text)
            let needed = plan.expressions.filter(\.isInclude).reduce(into: Set<String>()) { $0.formUnion($1.parameters) }
            var parameters = stage.random.parameters(all: false)
            for (name, values) in stage.random.parameters(all: true) where needed.contains(name) { parameters[name] = values }
            parameters = parameters.filter { plan.parameters.contains($0.key) }
            if round % 3 == 0 { try stage.change() }
            stage.naive.parameters = parameters
            stage.naive.ask(for: Stage.userIDs[stage.random.draw(Stage.userIDs.count)])
            stage.naive.item = Stage.itemIDs[stage.random.draw(Stage.itemIDs.count)]
            let values = try FilterValues(parameters.mapValues { $0.map { "\"\($0)\"" }.joined(separator: ",") })
            let evaluation = FilterEvaluation(plan, values: values, sources: stage.sources, user: stage.naive.user, item: stage.naive.item)
            let allowed = try evaluation.allowed(among: stage.subjects)
            for index in 0..<stage.subjects.count {
                let id = stage.subjects.ids[Int32(index)]
                let expected = stage.naive.allowed(parsed, id)
                #expect(allowed[index] == expected, "\(text) \(parameters) user \(stage.naive.user) item \(stage.naive.item): \(id)")
                if allowed[index] != expected { return }
                decided[expected, default: 0] += 1
            }
        }
        // Neither everything nor nothing: the comparison has seen both answers, often.
        #expect(decided[true, default: 0] > 1000 && decided[false, default: 0] > 1000)
    }

    private func allowed(_ text: String, _ values: [String: String] = [:], user: String? = nil, item: String? = nil) throws -> [String] {
        let stage = Stage(seed: 1)
        let plan = try FilterChecker(RandomFilters.schemas).plan(text)
        let evaluation = FilterEvaluation(plan, values: try FilterValues(values), sources: stage.sources, user: user, item: item)
        return try evaluation.allowed(among: stage.subjects).members.map { stage.subjects.ids[Int32($0)] }
    }

    @Test func `an INCLUDE needs its values, an EXCLUDE goes without`() throws {
        #expect(throws: ServiceError.self) { try allowed("INCLUDE ItemID WHERE Items.GENRE IN ($G)") }
        #expect(try allowed("EXCLUDE ItemID WHERE Items.GENRE IN ($G)").count == 80)
        #expect(throws: ServiceError.self) { try allowed("EXCLUDE ItemID WHERE Items.GENRE IN ($G)", ["g": "\"Comedy\""]) }
        #expect(throws: ServiceError.self) { try allowed("EXCLUDE ItemID WHERE Items.YEAR > $Y", ["Y": "\"new\""]) }
        #expect(throws: ServiceError.self) { try allowed("EXCLUDE ItemID WHERE Items.YEAR > $Y", ["Y": "1,2"]) }
    }

    @Test func `a filter that looks at the user or the item needs them`() {
        #expect(throws: ServiceError.self) { try allowed("EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN (*)") }
        #expect(throws: ServiceError.self) { try allowed("EXCLUDE ItemID WHERE Items.YEAR > 1 IF CurrentUser.AGE > 1") }
        #expect(throws: ServiceError.self) { try allowed("EXCLUDE ItemID WHERE Items.YEAR > CurrentItem.YEAR", user: "u1") }
    }

    @Test func `whole numbers of any size are compared as they are`() {
        let huge = ResolvedTest(column: "C", comparison: .greater, values: .numbers([.integer(9_007_199_254_740_992)]))
        #expect(huge.holds(for: .long(9_007_199_254_740_993), multivalued: false))
        #expect(!huge.holds(for: .long(9_007_199_254_740_992), multivalued: false))
        #expect(ResolvedTest(column: "C", comparison: .less, values: .numbers([.integer(.min)])).integerRanges == [])
        #expect(ResolvedTest(column: "C", comparison: .less, values: .numbers([.real(1e300)])).integerRanges == [.min ... .max])
        #expect(ResolvedTest(column: "C", comparison: .greater, values: .numbers([.real(-1e300)])).integerRanges == [.min ... .max])
        #expect(ResolvedTest(column: "C", comparison: .greaterOrEqual, values: .numbers([.real(1e300)])).integerRanges == [])
        #expect(ResolvedTest(column: "C", comparison: .isIn, values: .numbers([.real(2.5), .real(2)])).integerRanges == [2...2])
    }

    @Test func `users are filtered by their rows and by what they did`() throws {
        let stage = Stage(seed: 2)
        let subjects = FilterSubjects(IdMap(Stage.userIDs), stage.users)
        func users(_ text: String) throws -> [String] {
            let plan = try FilterChecker(RandomFilters.schemas).plan(text)
            let found = try FilterEvaluation(plan, values: FilterValues(), sources: stage.sources).allowed(among: subjects)
            return found.members.map { subjects.ids[Int32($0)] }
        }
        #expect(try users(#"INCLUDE UserID WHERE Interactions.EVENT_TYPE IN ("click")"#) == ["u0", "u1", "u2"])
        #expect(try users("EXCLUDE UserID WHERE Interactions.EVENT_TYPE IN (*)") == ["u3", "u4", "nobody"])
        let grown = try users("INCLUDE UserID WHERE Users.AGE >= 0")
        #expect(grown == Stage.userIDs.filter { if case .number? = stage.naive.users[$0]?["AGE"] { true } else { false } })
    }
}
