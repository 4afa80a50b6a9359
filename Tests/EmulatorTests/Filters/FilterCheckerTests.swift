import Recommend
import Testing

@testable import Emulator
@testable import PersonalizeEmulator

@Suite struct FilterCheckerTests {
    static let schemas: [DatasetKind: [ColumnSpec]] = [
        .items: [
            ColumnSpec("ITEM_ID", .string), ColumnSpec("GENRE", .string, nullable: true, categorical: true), ColumnSpec("YEAR", .int),
            ColumnSpec("PRICE", .float), ColumnSpec("STORY", .string, textual: true), ColumnSpec("ADULT", .boolean),
        ] + (0..<10).map { ColumnSpec("F\($0)", .string) },
        .users: [ColumnSpec("USER_ID", .string), ColumnSpec("AGE", .int), ColumnSpec("PLAN", .string)],
        .interactions: [
            ColumnSpec("USER_ID", .string), ColumnSpec("ITEM_ID", .string), ColumnSpec("TIMESTAMP", .long), ColumnSpec("EVENT_TYPE", .string),
        ],
        .actions: [ColumnSpec("ACTION_ID", .string), ColumnSpec("VALUE", .long), ColumnSpec("REPEAT_FREQUENCY", .int)],
    ]

    private func plan(_ text: String) throws -> FilterPlan { try FilterChecker(Self.schemas).plan(text) }

    @Test func `fields are found whatever their case, and numbers between quotes are numbers`() throws {
        let plan = try plan(#"exclude itemid where items.genre in ("Comedy") and ITEMS.year = "1980" if currentuser.age > $AGE"#)
        #expect(plan.fields == ["ITEMS.GENRE", "ITEMS.YEAR", "USERS.AGE"])
        #expect(plan.parameters == ["AGE"])
        #expect(plan.expressions[0].tests[0][1].operand == .values([.number("1980")]))
        #expect(plan.needsUser && !plan.needsItem && plan.reads(.users) && !plan.reads(.interactions))
    }

    @Test func `equality is a list of one`() throws {
        let tests = try plan(#"INCLUDE ItemID WHERE Items.GENRE = "x" AND Items.GENRE != "y""#).expressions[0].tests[0]
        #expect(tests.map(\.comparison) == [.isIn, .isNotIn])
    }

    @Test(arguments: [
        ("INCLUDE ItemID WHERE Items.NOPE IN (1)", "Items has no field NOPE"),
        ("INCLUDE ItemID WHERE Films.GENRE IN (1)", "Films is no dataset"),
        (#"INCLUDE ItemID WHERE Items.STORY IN ("x")"#, "the field STORY cannot be used in a filter"),
        (#"INCLUDE ItemID WHERE Items.ADULT IN ("true")"#, "the field ADULT cannot be used in a filter"),
        ("INCLUDE ActionID WHERE Actions.REPEAT_FREQUENCY = 3", "the field REPEAT_FREQUENCY cannot be used in a filter"),
        ("INCLUDE ItemID WHERE Interactions.TIMESTAMP > 3", "EVENT_TYPE is the only field of Interactions that can be used in a filter"),
        ("INCLUDE ItemID WHERE Items.GENRE > 3", "> is for numbers, and GENRE is a text"),
        (#"INCLUDE ItemID WHERE Items.YEAR = "old""#, "YEAR is a number, and old is not"),
        ("INCLUDE ItemID WHERE Items.YEAR > (1, 2)", "> takes one value"),
        ("INCLUDE ItemID WHERE Items.GENRE IN (*)", "* can be used with EVENT_TYPE only"),
        ("INCLUDE ItemID WHERE Users.AGE = 3", "ItemID cannot be filtered by Users"),
        ("INCLUDE ItemID WHERE CurrentUser.AGE = 3", "CurrentUser can be used after IF only"),
        ("INCLUDE ItemID WHERE Items.YEAR = 3 IF Users.AGE = 3", "IF is for conditions on CurrentUser only"),
        ("INCLUDE UserID WHERE Users.AGE = 3 IF CurrentUser.AGE = 3", "IF is for conditions on CurrentUser only"),
        (
            "INCLUDE ItemID WHERE Items.YEAR = 3 AND Interactions.EVENT_TYPE IN (*)",
            "all conditions of an expression must use the dataset of the first"
        ),
        ("INCLUDE ItemID WHERE Items.YEAR = 3 | EXCLUDE UserID WHERE Users.AGE = 3", "all expressions of a filter must be about the same: ItemID"),
        ("INCLUDE ActionID WHERE Action_Interactions.EVENT_TYPE IN (*)", "the dataset group has no ACTION_INTERACTIONS dataset"),
        ("INCLUDE ItemID WHERE Items.YEAR IN CurrentItem.GENRE", "YEAR and GENRE cannot be compared"),
        ("INCLUDE UserID WHERE Users.AGE = CurrentItem.YEAR", "CurrentItem is for conditions on Items only"),
    ])
    func `what a schema does not allow is refused`(text: String, reason: String) {
        let fault = #expect(throws: FilterFault.self) { try plan(text) }
        #expect(fault?.reason == reason)
        #expect(fault?.position != nil)
    }

    @Test func `ten fields are enough and eleven too many`() throws {
        let conditions = (0..<10).map { "Items.F\($0) = $P" }
        #expect(try plan("INCLUDE ItemID WHERE " + conditions.joined(separator: " AND ")).fields.count == 10)
        let more = conditions + ["Items.f0 = $P"]
        #expect(try plan("INCLUDE ItemID WHERE " + more.joined(separator: " AND ")).fields.count == 10)
        let tooMany = conditions + ["Items.GENRE = $P"]
        #expect(throws: FilterFault.self) { try plan("INCLUDE ItemID WHERE " + tooMany.joined(separator: " AND ")) }
    }

    @Test(arguments: [
        (#""Comedy","Drama""#, ["Comedy", "Drama"]), (#""Comedy" , "a \" b""#, ["Comedy", "a \" b"]), ("10", ["10"]),
        (#""10",-2.5"#, ["10", "-2.5"]),
        (#""""#, [""]),
    ])
    func `values are texts between quotes or numbers`(text: String, expected: [String]) throws {
        #expect(try FilterValues(["P": text])["P"] == expected)
    }

    @Test(arguments: ["", "Comedy", #""Comedy" "Drama""#, #""Comedy","#, #""Comedy"#, ",", "$X"])
    func `other forms of values are refused`(text: String) {
        #expect(throws: (any Error).self) { try FilterValues(["P": text]) }
    }
}
