import Glibc
import Recommend

/// How long item-attribute-affinity takes with texts beside its attributes, evaluation included: a shop of the size of a common demonstration.
enum SegmentTimes {
    static func report() throws {
        let set = RetailSet(users: 6000, items: 2480, sessions: 12)
        var interactions = Table(ImportSpeed.specs)
        for event in set.events() {
            _ = interactions.append([.string("u\(event.user)"), .string("i\(event.item)"), .long(event.time), .string(event.type)])
        }
        var items = Table([
            ColumnSpec("ITEM_ID", .string), ColumnSpec("CATEGORY", .string, categorical: true), ColumnSpec("PRICE", .double),
            ColumnSpec("DESCRIPTION", .string, textual: true),
        ])
        var dice = MadeSet.Dice(state: 9)
        for item in 0..<set.items {
            let text = (0..<40).map { _ in "word\(Int(pow(30_000, dice.unit())))x" }.joined(separator: " ")
            let price = Double(set.priceRange(item) * 40) + 40 * dice.unit()
            _ = items.append([.string("i\(item)"), .string("c\(set.category(item))"), .double(price), .string(text)])
        }
        for recipe in [Recipe.itemAffinity, .itemAttributeAffinity] {
            var request = TrainingRequest(recipe: recipe)
            request.interactions = interactions
            request.items = items
            let (training, seconds) = try Stopwatch.time { try Trainer.train(request) }
            print(
                "segments: \(recipe.rawValue), \(training.eventCount) events, \(training.userCount) users, \(training.evaluation.queries) questions: "
                    + "trained and evaluated in \(seconds.text(1)) s, \(Threads.count) threads"
            )
        }
    }
}
