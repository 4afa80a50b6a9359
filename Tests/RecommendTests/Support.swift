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
            var hash = Mixing.combine(seed, UInt64(user))
            var item = Int(hash % UInt64(items))
            for step in 0..<perUser {
                hash = Mixing.mix(hash)
                item = hash % 4 == 0 ? Int(hash >> 8 % UInt64(items)) : (item + 1) % items
                events.append(Event(user: "u\(user)", item: "i\(item)", time: Int64(1000 + step * 10), type: hash & 64 == 0 ? "click" : "watch"))
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

    /// Items with a genre each, two users' classes, five actions with who took and who passed them.
    static func fullRequest(_ recipe: Recipe, _ events: [Event] = events()) -> TrainingRequest {
        var request = request(recipe, events)
        var items = Table([
            ColumnSpec("ITEM_ID", .string), ColumnSpec("GENRE", .string, nullable: true, categorical: true),
            ColumnSpec("CREATION_TIMESTAMP", .long, nullable: true), ColumnSpec("PRICE", .double), ColumnSpec("TEXT", .string, textual: true),
        ])
        for item in 0..<40 {
            let text = "thing number \(item) of shelf\(item % 7) and hall\(item % 5)"
            _ = items.append([.string("i\(item)"), .string("g\(item % 4)|all"), .null, .double(Double(item % 9)), .string(text)])
        }
        for item in 0..<(recipe == .hrnnColdstart ? 120 : 3) {
            _ = items.append([.string("cold\(item)"), .string("g\(item % 4)"), .long(1200), .double(3), .string("new thing of shelf\(item % 7)")])
        }
        request.items = items
        var users = Table([ColumnSpec("USER_ID", .string), ColumnSpec("CLASS", .string, categorical: true)])
        for user in 0..<70 { _ = users.append([.string("u\(user)"), .string("c\(user % 3)")]) }
        request.users = users
        guard recipe == .nextBestAction else { return request }
        var actions = Table([
            ColumnSpec("ACTION_ID", .string), ColumnSpec("VALUE", .long, nullable: true),
            ColumnSpec("ACTION_EXPIRATION_TIMESTAMP", .long, nullable: true), ColumnSpec("REPEAT_FREQUENCY", .int, nullable: true),
        ])
        for action in 0..<5 { _ = actions.append([.string("a\(action)"), .long(Int64(action + 1)), .null, .null]) }
        request.actions = actions
        request.streamedActions = (0..<3000).map { step in
            let mixed = Mixing.mix(UInt64(step))
            let user = Int(mixed % 60)
            let action = Int(mixed >> 16 % 4)
            // Users take the action of their own kind, mostly.
            let isTaken = (user % 4 == action) != (mixed >> 40 % 10 == 0)
            let time = 1_000_000 + Int64(step) * 1000
            return ActionEvent(userId: "u\(user)", actionId: "a\(action)", outcome: isTaken ? .taken : .viewed, timestamp: EpochSeconds(time))
        }
        return request
    }

    static func evaluation(_ recipe: Recipe, _ events: [Event] = events(), seed: UInt64 = 1) throws -> Evaluation? {
        let request = request(recipe, events)
        return Evaluation(try TrainingData(request, interactions(events)), FamilySettings(request), seed: seed)
    }

    static func items(_ answer: [Recommendation], _ model: TrainedModel) -> [String] { answer.map { model.items[$0.item] } }

    /// A path of its own in the temporary folder.
    static func path(_ name: String) -> String { "/tmp/recommend-tests-\(name)-\(UInt64.random(in: 0 ... .max))" }
}
