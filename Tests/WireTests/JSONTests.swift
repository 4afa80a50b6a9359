import Testing
import Wire

@Suite struct JSONTests {
    @Test(arguments: [
        ("null", Document.null), ("true", .boolean(true)), ("-0", .integer(0)), ("12", .integer(12)), ("1.5", .double(1.5)), ("1e3", .double(1000)),
        ("9223372036854775807", .integer(.max)), ("9223372036854775808", .double(9_223_372_036_854_775_808)), (#""a""#, .string("a")),
        (#""\u00e9\n\ud83d\udca3""#, .string("é\n💣")), (#""\ud800""#, .string("\u{FFFD}")), ("[]", .list([])),
        ("[1, 2]", .list([.integer(1), .integer(2)])),
        (" { \"a\" : 1 } ", .object(Document.Fields([("a", .integer(1))]))), ("{}", .object(Document.Fields())),
    ])
    func `a value is read`(text: String, value: Document) throws {
        #expect(try JSON.parse(text) == value)
    }

    @Test(arguments: [
        "", " ", "nul", "tru", "01", "1.", ".5", "+1", "1e", "-", "0x1", "NaN", "Infinity", "'a'", "\"a", "\"\\x\"", "\"\\u12\"", "\"a\nb\"", "[1,]",
        "[1", "[,1]",
        "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{1:1}", "[1] 2", "{}}", "//", "[1]/*c*/", "\u{FEFF}1",
    ])
    func `what is no JSON is refused`(text: String) {
        #expect(throws: JSON.Failure.self) { try JSON.parse(text) }
    }

    @Test func `bytes that are no UTF-8 are refused`() {
        #expect(throws: JSON.Failure.self) { try JSON.parse([0x22, 0xFF, 0x22]) }
        #expect(throws: JSON.Failure.self) { try JSON.parse([0x22, 0x5C, 0x6E, 0xC0, 0x80, 0x22]) }
    }

    @Test(arguments: ["[", "{\"a\":"])
    func `deep nesting is refused and does not use up the stack`(opening: String) {
        #expect(throws: JSON.Failure.self) { try JSON.parse(String(repeating: opening, count: 100_000)) }
    }

    @Test func `of equal names the last counts`() throws {
        #expect(try JSON.parse(#"{"a":1,"a":2}"#)["a"] == .integer(2))
    }

    @Test func `values are written as AWS writes them`() {
        #expect(JSON.text(.timestamp(Timestamp(milliseconds: 1_698_711_110_120))) == "1698711110.120")
        #expect(JSON.text(.timestamp(Timestamp(milliseconds: 1_698_711_110_000))) == "1698711110")
        #expect(JSON.text(.bytes([1, 2, 3, 4])) == #""AQIDBA==""#)
        #expect(JSON.text(.double(0.0152238)) == "0.0152238")
        #expect(JSON.text(.double(.infinity)) == "null")
        #expect(JSON.text(.string("a\"b\\c\u{1}\té")) == #""a\"b\\c\u0001\té""#)
    }

    @Test func `what is written is read back`() throws {
        var random = Seeded(state: 7)
        for _ in 0..<500 {
            let document = Document.random(&random, depth: 4)
            #expect(try JSON.parse(JSON.write(document)) == document)
        }
    }
}

/// A small generator, so that a failure can be run again.
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

extension Document {
    /// A value that JSON can carry.
    static func random(_ random: inout Seeded, depth: Int) -> Document {
        switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &random) {
        case 0: return .null
        case 1: return .boolean(.random(using: &random))
        case 2: return .integer(.random(in: .min ... .max, using: &random))
        case 3: return .double(.random(in: -1e9...1e9, using: &random) + 0.5)
        case 4: return .string(text(&random))
        case 5: return .list((0..<Int.random(in: 0..<5, using: &random)).map { _ in .random(&random, depth: depth - 1) })
        default:
            let count = Int.random(in: 0..<5, using: &random)
            return .object(Fields((0..<count).map { ("\($0)\(text(&random))", .random(&random, depth: depth - 1)) }))
        }
    }

    private static func text(_ random: inout Seeded) -> String {
        let scalars: [Character] = ["a", "\"", "\\", "\n", "\u{0}", "é", "💣", "/", "\u{2028}", " "]
        return String((0..<Int.random(in: 0..<12, using: &random)).map { _ in scalars.randomElement(using: &random) ?? "a" })
    }
}
