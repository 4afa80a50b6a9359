import Testing

@testable import Emulator
@testable import PersonalizeEmulator
@testable import S3Emulator

@Suite struct FilterParserTests {
    private func parse(_ text: String) throws -> [FilterExpression] { try FilterParser.parse(text) }

    @Test func `an expression has all its parts`() throws {
        let parsed = try parse(#"EXCLUDE ItemID WHERE Items.GENRE IN ("Comedy", $OTHER) AND Items.YEAR >= 1980 IF CurrentUser.AGE < 30.5"#)
        #expect(parsed.count == 1)
        let expression = try #require(parsed.first)
        #expect(!expression.isInclude && expression.element == .item)
        #expect(expression.conditions.map { $0.map(\.comparison) } == [[.isIn, .greaterOrEqual]])
        #expect(expression.conditions[0][0].operand == .values([.text("Comedy"), .parameter("OTHER")]))
        #expect(expression.conditions[0][1].operand == .values([.number("1980")]))
        #expect(expression.guards.map(\.field.name) == ["AGE"])
        #expect(expression.guards.map(\.operand) == [.values([.number("30.5")])])
    }

    @Test func `AND binds tighter than OR`() throws {
        let parsed = try parse(#"INCLUDE ItemID WHERE Items.A = "1" OR Items.B = "2" AND Items.C = "3" OR Items.D = "4""#)
        #expect(parsed[0].conditions.map { $0.map(\.field.name) } == [["A"], ["B", "C"], ["D"]])
    }

    @Test(arguments: [
        #"exclude itemId where INTERACTIONS.event_type in ("Purchase")"#,
        #"exclude UserId where users.country in ("se", "no")"#,
        #"INCLUDE ActionID WHERE Action.MEMBERSHIP_LEVEL IN ("Premium") IF CurrentUser.MEMBERSHIP = $PREMIUM"#,
        #"EXCLUDE ActionID WHERE Actions.VALUE < ($VALUE) IF CurrentUser.MEMBERSHIP = $PREMIUM"#,
        #"EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")"#,
        #"EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN (*)"#,
        #"INCLUDE ItemID WHERE Items.GENRE IN (CurrentItem)"#,
        "INCLUDE ItemID WHERE Items.GENRE IN CurrentItem.GENRE AND Items.PRICE <= CurrentItem.PRICE",
        "INCLUDE ItemID WHERE Items.GENRE\n\tIN($G)|EXCLUDE ItemID WHERE Items.YEAR!=-3.5e2",
        #"INCLUDE ItemID WHERE Items.3D = "yes""#,
        #"INCLUDE ItemID WHERE Items.TITLE IN ("say \"hi\" \\ and | or AND")"#,
    ])
    func `what is written in the wild is read`(text: String) throws {
        if text.contains("(CurrentItem)") {
            #expect(throws: FilterFault.self) { try parse(text) }
        } else {
            #expect(try !parse(text).isEmpty)
        }
    }

    @Test func `a parameter between quotes is one, and quotes inside a text stay`() throws {
        let parsed = try parse(#"INCLUDE ItemID WHERE Items.G IN ("$CATEGORY", "$ 5", "a\"b|c")"#)
        #expect(parsed[0].conditions[0][0].operand == .values([.parameter("CATEGORY"), .text("$ 5"), .text(#"a"b|c"#)]))
    }

    @Test(arguments: [
        ("", "expected INCLUDE or EXCLUDE, found the end", 1),
        ("INCLUDE", "expected ItemID, UserID or ActionID, found the end", 8),
        ("INCLUDE ItemID Items.A IN (1)", "expected WHERE, found Items", 16),
        ("INCLUDE ItemID WHERE A IN (1)", "expected a dot after A, found IN", 24),
        ("INCLUDE ItemID WHERE Items.A LIKE (1)", "expected an operator, found LIKE", 30),
        ("INCLUDE ItemID WHERE Items.A NOT (1)", "expected IN after NOT, found (", 34),
        ("INCLUDE ItemID WHERE Items.A IN (1", "expected , or ), found the end", 35),
        ("INCLUDE ItemID WHERE Items.A IN ()", "expected a value, found )", 34),
        ("INCLUDE ItemID WHERE Items.A IN (1) Items.B IN (2)", "expected AND, OR, IF, | or the end, found Items", 37),
        ("INCLUDE ItemID WHERE Items.A IN (1) |", "expected INCLUDE or EXCLUDE, found the end", 38),
        (#"INCLUDE ItemID WHERE Items.A IN ("x"#, "a text without its closing quote", 34),
        ("INCLUDE ItemID WHERE Items.A IN ('x')", "unexpected character '''", 34),
        ("INCLUDE ItemID WHERE Items.A = $", "a parameter name must have 1 to 50 characters", 32),
        ("INCLUDE ItemID WHERE Items.A = 5 IF CurrentUser.B = 1 OR CurrentUser.C = 1", "expected AND, OR, IF, | or the end, found OR", 55),
        ("INCLUDE ItemID WHERE (Items.A = 5)", "expected a dataset, found (", 22),
    ])
    func `what is wrong is said with its place`(text: String, reason: String, position: Int) {
        #expect(throws: FilterFault(reason, at: position)) { try parse(text) }
    }

    @Test func `placeholders with NOT IN have the service's words`() {
        #expect(throws: FilterFault.placeholderWithNotIn("G")) { try parse("INCLUDE ItemID WHERE Items.G NOT IN ($G)") }
        #expect(
            FilterFault.placeholderWithNotIn("parameterName").message
                == "Could not create filter. Invalid input symbol: $parameterName. Placeholders are not allowed with NOT_IN operator."
        )
        #expect(FilterFault("expected WHERE", at: 3).message == "Could not create filter. Invalid Expression: expected WHERE at position 3.")
    }

    @Test func `no text makes the parser fall`() {
        var state: UInt64 = 1
        let pieces = [
            "INCLUDE", "EXCLUDE", "ItemID", "WHERE", "Items", ".", "A", "IN", "NOT", "(", ")", ",", "\"", "\\", "$", "*", "|", "AND", "OR", "IF", "-",
            "1", "1e", "5.", "=", "!", "<", "CurrentItem", "é", "\u{0}",
        ]
        var accepted = 0
        for _ in 0..<5000 {
            var text = ""
            for _ in 0..<12 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                text += pieces[Int(state >> 33) % pieces.count] + (state & 1 << 20 == 0 ? " " : "")
            }
            do { accepted += try parse(text).count } catch { #expect(error is FilterFault) }
        }
        #expect(accepted < 5000)
    }
}
