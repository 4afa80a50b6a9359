import Testing

@testable import LogsEmulator
@testable import Wire

@Suite struct FilterPatternTests {
    private static let message = #"[ERROR] 2026-11-30 two words, päth C:\x "quoted" end_of"#

    @Test(arguments: [
        ("", true), ("  ", true), ("ERROR", true), ("error", false), ("RRO", true), ("ERROR words", true), ("ERROR absent", false),
        (#""two words""#, true), (#""two  words""#, false), ("?absent ?words", true), ("?absent ?missing", false), ("ERROR -words", false),
        ("-absent", true), ("-ERROR", false), (#"-"two words""#, false), ("ERROR ?absent", true), ("päth", true), ("end_of", true),
        (#""\"quoted\"""#, true), (#""C:\\x""#, true), (#"?"absent words" ?"[ERROR]""#, true),
    ])
    func `terms are found as they are written`(pattern: String, isFound: Bool) throws {
        #expect(try FilterPattern(pattern).matches(Self.message) == isFound)
    }

    @Test(arguments: [
        ("{ $.x = %a% }", "regular"), ("{ $.* = 1 }", "wildcard"), ("{ $.x[*] = 1 }", "wildcard"), ("{ $.x = }", "Invalid"), ("{ $ = 1 }", "Invalid"),
        ("{ $.x > a }", "Invalid"), ("{ $.x = 1 } y", "Invalid"), ("{ ($.x = 1 }", "Invalid"), ("{ $.x IS 1 }", "Invalid"), ("{", "Invalid"),
        ("{ " + String(repeating: "(", count: 500) + "$.x = 1", "Invalid"), ("[a, b]", "space-delimited"), ("%x%", "regular"), ("a.b", "Invalid"),
        ("\"open", "Invalid"), ("\"\"", "Invalid"),
        ("\"a\"b", "Invalid"), ("-", "Invalid"), ("? x", "Invalid"), ("\"a\\", "Invalid"),
    ])
    func `other patterns are refused`(pattern: String, words: String) {
        let error = #expect(throws: ServiceError.self) { try FilterPattern(pattern) }
        #expect(error?.code == "InvalidParameterException" && error?.message?.contains(words) == true, "\(error?.message ?? "")")
    }

    private static let event = #"{"level":"ERROR","took":120.5,"n":null,"ok":true,"user":{"ids":[7,"eight"],"na_me":"a.b:c"},"list":[{"k":"v"}]}"#

    @Test(arguments: [
        ("{ $.level = \"ERROR\" }", true), ("{ $.level = ERROR }", true), ("{$.level=ERROR}", true), ("{ $.level != ERROR }", false),
        ("{ $.level = \"ER*R\" }", true),
        ("{ $.level = *RR* }", true), ("{ $.level = RR* }", false), ("{ $.level = \"*\" }", true), ("{ $.took > 120 }", true),
        ("{ $.took >= 1.205e2 }", true),
        ("{ $.took < 120 }", false), ("{ $.took = 120.5 && $.level = ERROR }", true), ("{ $.took = 1 || $.level = ERROR }", true),
        ("{ ($.took = 1 || $.level = ERROR) && $.ok IS FALSE }", false), ("{ $.took = 1 && $.took = 2 || $.ok IS TRUE }", true),
        ("{ $.n IS NULL }", true),
        ("{ $.gone IS NULL }", false), ("{ $.gone NOT EXISTS }", true), ("{ $.n EXISTS }", true), ("{ $.gone = 1 }", false),
        ("{ $.gone != 1 }", false),
        ("{ $.user.ids[0] = 7 }", true), ("{ $.user.ids[1] = \"eight\" }", true), ("{ $.user.ids[2] EXISTS }", false),
        ("{ $.user.na_me = a.b:* }", true),
        ("{ $.list[0].k = v }", true), ("{ $.level = 5 }", false), ("{ $.level != 5 }", true), ("{ $.user = x }", false),
    ])
    func `events of JSON are matched by their members`(pattern: String, isFound: Bool) throws {
        #expect(try FilterPattern(pattern).matches(Self.event + "\n") == isFound)
        #expect(try !FilterPattern(pattern).matches("no JSON"))
        #expect(try !FilterPattern(pattern).matches("[1]"))
    }

    @Test func `ids of events are in the order of the events`() throws {
        let positions = [
            LogPosition(time: 0, id: 1), LogPosition(time: 5, id: 2), LogPosition(time: 5, id: 10), LogPosition(time: 1_700_000_000_000, id: 3),
            LogPosition(time: LogPosition.maximumTime, id: .max),
        ]
        let texts = positions.map(\.digits)
        #expect(texts == texts.sorted() && texts.allSatisfy { $0.utf8.count == 56 })
        #expect(texts.compactMap { LogPosition(digits: Substring($0)) } == positions)
        for wrong in ["", String(repeating: "9", count: 56), String(repeating: "3", count: 55), String(repeating: "x", count: 56)] {
            #expect(LogPosition(digits: Substring(wrong)) == nil)
        }
    }

    @Test func `what a pattern costs is how often a message is gone through`() throws {
        let once = try FilterPattern("a a \"a\" b")
        let many = try FilterPattern((0..<300).map { "?t\($0)" }.joined(separator: " "))
        let json = try FilterPattern("{ $.a = 1 && ($.b = 2 || $.c = 3) }")
        #expect(once.passes == 2 && many.passes == 300 && json.passes == 4)
        #expect(try FilterPattern("").passes == 1)
    }
}
