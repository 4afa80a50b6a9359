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
        ("{ $.x = 1 }", "JSON"), ("[a, b]", "space-delimited"), ("%x%", "regular"), ("a.b", "Invalid"), ("\"open", "Invalid"), ("\"\"", "Invalid"),
        ("\"a\"b", "Invalid"), ("-", "Invalid"), ("? x", "Invalid"), ("\"a\\", "Invalid"),
    ])
    func `other patterns are refused`(pattern: String, words: String) {
        let error = #expect(throws: ServiceError.self) { try FilterPattern(pattern) }
        #expect(error?.code == "InvalidParameterException" && error?.message?.contains(words) == true, "\(error?.message ?? "")")
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
}
