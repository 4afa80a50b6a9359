import Testing

@testable import Recommend

/// Small data made by arithmetic, so that every run sees the same.
enum Made {
    static let interactionSpecs = [
        ColumnSpec("USER_ID", .string), ColumnSpec("ITEM_ID", .string), ColumnSpec("TIMESTAMP", .long),
        ColumnSpec("EVENT_TYPE", .string, nullable: true),
    ]
    static let itemSpecs = [
        ColumnSpec("ITEM_ID", .string), ColumnSpec("GENRE", .string, nullable: true, categorical: true),
        ColumnSpec("CREATION_TIMESTAMP", .long, nullable: true),
    ]

    struct Event {
        var user: String
        var item: String
        var time: Int64
        var type: String? = "click"
    }

    static func table(_ events: [Event]) -> Table {
        var table = Table(interactionSpecs)
        for event in events {
            let refused = table.append([.string(event.user), .string(event.item), .long(event.time), event.type.map { .string($0) } ?? .null])
            #expect(refused == nil)
        }
        return table
    }

    /// Users who walk along a ring of items with now and then a jump: there is something to learn, and noise.
    static func events(users: Int = 60, items: Int = 40, perUser: Int = 30, seed: UInt64 = 7) -> [Event] {
        var events: [Event] = []
        for user in 0..<users {
            var place = Mixing.combine(seed, UInt64(user))
            var item = Int(place % UInt64(items))
            for step in 0..<perUser {
                place = Mixing.mix(place)
                item = place % 4 == 0 ? Int(place >> 8 % UInt64(items)) : (item + 1) % items
                events.append(Event(user: "u\(user)", item: "i\(item)", time: Int64(1000 + step * 10), type: place & 64 == 0 ? "click" : "watch"))
            }
        }
        return events
    }

    static func interactions(_ events: [Event]) -> Interactions { Interactions(table(events)) }

    static func request(_ recipe: Recipe = .userPersonalization, _ events: [Event] = events()) -> TrainingRequest {
        var request = TrainingRequest(recipe: recipe)
        request.interactions = table(events)
        return request
    }

    static func items(_ answer: [Recommendation], _ model: TrainedModel) -> [String] { answer.map { model.items[$0.item] } }

    /// A path of its own in the temporary folder.
    static func path(_ name: String) -> String { "/tmp/recommend-tests-\(name)-\(UInt64.random(in: 0 ... .max))" }
}
