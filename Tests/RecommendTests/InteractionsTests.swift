import Testing

@testable import Recommend

struct InteractionsTests {
    static func sequence(_ interactions: Interactions, _ user: String) -> [String] {
        guard let index = interactions.users.index(of: user) else { return [] }
        return interactions.events(of: Int(index)).map { interactions.items[interactions.itemOf[$0]] }
    }

    @Test func `events are in the order of time, equal times in the order of input, bulk before streamed`() {
        let table = Made.table([
            .init(user: "u", item: "c", time: 5), .init(user: "v", item: "x", time: 1), .init(user: "u", item: "a", time: 3),
            .init(user: "u", item: "b", time: 5),
        ])
        let streamed = [
            StreamedEvent(userId: "u", itemId: "s", eventType: "click", timestamp: 5), StreamedEvent(userId: "u", itemId: "r", timestamp: 4),
            StreamedEvent(userId: "w", itemId: "new", timestamp: 1),
        ]
        let interactions = Interactions(table, streamed: streamed)
        #expect(Self.sequence(interactions, "u") == ["a", "r", "c", "b", "s"])
        #expect(Self.sequence(interactions, "v") == ["x"])
        #expect(Self.sequence(interactions, "w") == ["new"])
        #expect((0..<Int32(interactions.itemCount)).map { interactions.items[$0] } == ["a", "b", "c", "new", "r", "s", "x"])
    }

    @Test func `rows equal in all fields count once, others all count`() {
        let table = Made.table([
            .init(user: "u", item: "a", time: 1), .init(user: "u", item: "b", time: 1), .init(user: "u", item: "a", time: 1),
            .init(user: "u", item: "a", time: 1, type: "watch"), .init(user: "u", item: "a", time: 1, type: nil),
            .init(user: "u", item: "a", time: 2), .init(user: "u", item: "a", time: 1, type: nil),
        ])
        let twice = StreamedEvent(userId: "u", itemId: "a", eventType: "click", eventValue: 2, timestamp: 1, fingerprint: 1)
        let interactions = Interactions(table, streamed: [twice, twice])
        #expect(Self.sequence(interactions, "u") == ["a", "b", "a", "a", "a", "a"])
    }

    @Test func `columns that the engine does not read still tell rows apart`() {
        var table = Table(Made.interactionSpecs + [ColumnSpec("DEVICE", .string, nullable: true)])
        for device in ["tv", "phone", "tv"] {
            _ = table.append([.string("u"), .string("a"), .long(1), .string("click"), .string(device)])
        }
        #expect(Interactions(table).eventCount == 2)
    }

    @Test func `event type and value filters keep what they say, and items of the Items dataset stay known`() {
        var table = Table(Made.interactionSpecs + [ColumnSpec("EVENT_VALUE", .float, nullable: true)])
        for (item, type, value) in [("a", "Click", 1.0), ("b", "watch", 3.0), ("c", "click", 3.0)] as [(String, String, Double)] {
            _ = table.append([.string("u"), .string(item), .long(1), .string(type), .double(value)])
        }
        _ = table.append([.string("u"), .string("d"), .long(1), .string("click"), .null])
        let items = TableTests.items([("z", nil, nil), ("a", nil, nil)])
        let clicks = Interactions(table, items: items, selection: .init(eventType: "click"))
        #expect(Self.sequence(clicks, "u") == ["a", "c", "d"])
        #expect((0..<Int32(clicks.itemCount)).map { clicks.items[$0] } == ["a", "c", "d", "z"])
        #expect(Self.sequence(Interactions(table, selection: .init(eventType: "click", eventValueThreshold: 3)), "u") == ["c"])
        #expect(Self.sequence(Interactions(table, selection: .init(eventValueThreshold: 1)), "u") == ["a", "b", "c"])
    }

    @Test func `percentiles leave out the short and the long, and the items that everybody touches`() {
        let events = (1...10).flatMap { user in (0..<user).map { Made.Event(user: "u\(user)", item: "i\($0)", time: Int64($0)) } }
        let interactions = Made.interactions(events)
        let users = Array(0..<10)
        func lengths(_ least: Double, _ most: Double) -> [Int] {
            Percentiles.users(interactions, among: users, least: least, most: most).map { interactions.events(of: $0).count }.sorted()
        }
        #expect(lengths(0, 1) == Array(1...10))
        #expect(lengths(0, 0.9) == Array(1...9))
        #expect(lengths(0.3, 0.5) == [3, 4, 5])
        // Item k has 10 - k interactions of 55; those with at most 9 hold 45 of them, or 82 %.
        let kept = Percentiles.items(interactions, among: users, least: 0, most: 0.8)
        #expect((0..<10).filter { kept[$0] } == Array(1..<10))
        #expect(Percentiles.items(interactions, among: users, least: 0, most: 1).population == 10)
    }
}
