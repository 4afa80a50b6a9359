import Recommend
import Streams
import Wire

@testable import Emulator
@testable import PersonalizeEmulator

/// Random data and random expressions over it, the same in every run of a seed.
struct RandomFilters {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 | 1 }

    mutating func draw(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % bound
    }

    private mutating func pick<Value>(_ values: [Value]) -> Value { values[draw(values.count)] }

    static let itemSpecs = [
        ColumnSpec("ITEM_ID", .string), ColumnSpec("GENRE", .string, nullable: true, categorical: true),
        ColumnSpec("STUDIO", .string, nullable: true),
        ColumnSpec("YEAR", .int, nullable: true), ColumnSpec("MADE", .long), ColumnSpec("PRICE", .float, nullable: true),
    ]
    static let userSpecs = [ColumnSpec("USER_ID", .string), ColumnSpec("AGE", .int, nullable: true), ColumnSpec("PLAN", .string, nullable: true)]
    static let eventSpecs = [
        ColumnSpec("USER_ID", .string), ColumnSpec("ITEM_ID", .string), ColumnSpec("TIMESTAMP", .long), ColumnSpec("EVENT_TYPE", .string),
    ]
    static let schemas: [DatasetKind: [ColumnSpec]] = [.items: itemSpecs, .users: userSpecs, .interactions: eventSpecs]

    // MARK: Data

    mutating func item() -> [Value] {
        let genres = ["Comedy", "Drama", "Horror", "Comedy|Drama", "Drama|Horror|Comedy", "comedy"]
        return [
            .string(""), draw(5) == 0 ? .null : .string(pick(genres)), draw(4) == 0 ? .null : .string("s\(draw(6))"),
            draw(5) == 0 ? .null : .long(Int64(1980 + draw(8))), .long(Int64(draw(6)) - 3), draw(5) == 0 ? .null : .double(Double(draw(8)) / 2),
        ]
    }

    mutating func user() -> [Value] {
        [.string(""), draw(3) == 0 ? .null : .long(Int64(20 + draw(5))), draw(3) == 0 ? .null : .string(pick(["free", "premium"]))]
    }

    mutating func eventType() -> String { pick(["click", "Click", "watch", "buy"]) }

    // MARK: Expressions

    mutating func filter() -> String {
        (0...draw(3)).map { _ in expression() }.joined(separator: pick([" | ", "|"]))
    }

    private mutating func expression() -> String {
        let word = pick(["INCLUDE", "EXCLUDE"])
        let isEvents = draw(4) == 0
        var conditions = isEvents ? eventCondition() : itemCondition()
        for _ in 0..<draw(3) { conditions += pick([" AND ", " OR "]) + (isEvents ? eventCondition() : itemCondition()) }
        let guards = draw(4) == 0 ? " IF " + (0...draw(2)).map { _ in userCondition() }.joined(separator: " AND ") : ""
        return "\(word) ItemID WHERE \(conditions)\(guards)"
    }

    private mutating func eventCondition() -> String {
        let isIn = draw(3) > 0
        return
            "Interactions.EVENT_TYPE \(isIn ? "IN" : "NOT IN") (\(list(["\"click\"", "\"WATCH\"", "\"buy\"", "\"*\"", "*"] + (isIn ? ["$T"] : []))))"
    }

    private mutating func itemCondition() -> String {
        switch draw(5) {
        case 0, 1:
            let field = pick(["GENRE", "STUDIO"])
            let values = field == "GENRE" ? ["\"Comedy\"", "\"Drama\"", "\"Horror\"", "\"Comedy|Drama\""] : ["\"s1\"", "\"s2\"", "\"s9\""]
            if draw(6) == 0 { return "Items.\(field) \(pick(["IN", "=", "!=", "NOT IN"])) CurrentItem.\(pick([field, "GENRE"]))" }
            switch draw(3) {
            case 0: return "Items.\(field) NOT IN (\(list(values)))"
            case 1: return "Items.\(field) IN (\(list(values + ["$G"])))"
            default: return "Items.\(field) \(pick(["=", "!="])) \(pick(values + ["$G"]))"
            }
        case 2: return "Items.YEAR \(ordering()) \(pick(["1983", "\"1985\"", "1984.5", "$Y", "CurrentItem.YEAR", "-1e3"]))"
        case 3: return "Items.MADE \(ordering()) \(pick(["0", "-1", "0.5", "2", "$Y", "CurrentItem.YEAR"]))"
        default: return "Items.PRICE \(pick([ordering(), "IN", "NOT IN"])) (\(pick(["1.5", "2", "0"])))"
        }
    }

    private mutating func userCondition() -> String {
        draw(2) == 0
            ? "CurrentUser.AGE \(ordering()) \(pick(["22", "23.5", "$A"]))" : "CurrentUser.PLAN \(pick(["=", "!="])) \(pick(["\"premium\"", "$P"]))"
    }

    private mutating func ordering() -> String { pick(["<", "<=", ">", ">=", "=", "!="]) }

    private mutating func list(_ values: [String]) -> String { (0...draw(2)).map { _ in pick(values) }.joined(separator: ", ") }

    /// Values for the parameters, some of which may be missing.
    mutating func parameters(all: Bool) -> [String: [String]] {
        let lists = ["T": ["click", "watch"], "G": ["Comedy", "s1"], "Y": ["1984"], "A": ["22"], "P": ["premium"]]
        return lists.filter { _ in all || draw(4) > 0 }
    }
}
