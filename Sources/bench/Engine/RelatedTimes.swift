import Glibc
import Recommend

/// How long items for an item take to train, by how large the catalogue is: ten interactions an item, one to three classes, a price, forty words.
enum RelatedTimes {
    static func report() throws {
        for items in [10_000, 100_000] {
            var pieces: [[UInt8]] = []
            MadeSet(events: items * 10, users: items / 5, items: items).csv { pieces.append($0) }
            let interactions = try ImportSpeed.imported(pieces)
            let catalogue = catalogue(items)
            for recipe in [Recipe.sims, .similarItems, .semanticSimilarity] {
                var request = TrainingRequest(recipe: recipe)
                request.interactions = interactions
                request.items = catalogue
                let seconds = try Stopwatch.time { try Trainer.learn(request) }.seconds
                print("related: \(recipe.rawValue), \(items) items: trained in \(seconds.text(2)) s, \(Threads.count) threads")
            }
        }
    }

    /// Classes, and words by Zipf's law of thirty thousand.
    private static func catalogue(_ count: Int) -> Table {
        var table = Table([
            ColumnSpec("ITEM_ID", .string), ColumnSpec("GENRE", .string, categorical: true), ColumnSpec("PRICE", .double),
            ColumnSpec("DESCRIPTION", .string, textual: true),
        ])
        var dice = MadeSet.Dice(state: 5)
        for item in 0..<count {
            let classes = (0...Int(dice.next() % 3)).map { _ in "g\(Int(pow(20, dice.unit())))" }
            let words = (0..<40).map { _ in "word\(Int(pow(30_000, dice.unit())))x" }
            let text = words.joined(separator: " ")
            _ = table.append([.string("i\(item)"), .string(classes.joined(separator: "|")), .double(Double(dice.next() % 1000)), .string(text)])
        }
        return table
    }
}
