import Testing
import Wire

@testable import CloudFormationEmulator

@Suite struct YAMLTests {
    private func parse(_ text: String) throws -> Document { try YAMLReader.parse(Array(text.utf8)) }

    /// Each text of YAML, and the JSON that it is.
    @Test(arguments: [
        ("a: 1", #"{"a":1}"#), ("a: 'it''s'\nb: \"x\\ty\\u00e9\"", #"{"a":"it's","b":"x\ty\u00e9"}"#),
        ("- a\n- b: c\n  d: e\n-\n  - f", #"["a",{"b":"c","d":"e"},["f"]]"#),
        ("a:\n- x\n- y\nb:\n  c: true\n  d: null\n  e: ~\n  f:", #"{"a":["x","y"],"b":{"c":true,"d":null,"e":null,"f":null}}"#),
        ("AWSTemplateFormatVersion: 2010-09-09\nn: 012\nm: 1.50\nz: -3", #"{"AWSTemplateFormatVersion":"2010-09-09","n":"012","m":"1.50","z":-3}"#),
        (
            "a: !Ref B\nc: !GetAtt D.E.F\nd: !Sub '${X}-y'\ne: !Not [!Equals [!Ref P, '']]",
            #"{"a":{"Ref":"B"},"c":{"Fn::GetAtt":["D","E.F"]},"d":{"Fn::Sub":"${X}-y"},"e":{"Fn::Not":[{"Fn::Equals":[{"Ref":"P"},""]}]}}"#
        ),
        ("a: !If\n  - C\n  - !Ref X\n  - b: 1", #"{"a":{"Fn::If":["C",{"Ref":"X"},{"b":1}]}}"#),
        ("a: !Sub\n  - text ${V}\n  - V: !Ref W", #"{"a":{"Fn::Sub":["text ${V}",{"V":{"Ref":"W"}}]}}"#),
        (
            "a: |\n  one\n   two\n\n  three\nb: >-\n  folded\n  line\n\n  next\nc: |+\n  x\n\nd: e",
            #"{"a":"one\n two\n\nthree\n","b":"folded line\nnext","c":"x\n\n","d":"e"}"#
        ),
        ("a: plain text\n  goes on # comment\nb: http://x/y#z", #"{"a":"plain text goes on","b":"http://x/y#z"}"#),
        ("{a: [1, two, \"three\"], b: {c: d}, 'e': !Ref F, g: }", #"{"a":[1,"two","three"],"b":{"c":"d"},"e":{"Ref":"F"},"g":null}"#),
        ("a: [x,\n  y, # comment\n  z]\n# end", #"{"a":["x","y","z"]}"#), ("---\na: b\n...\n", #"{"a":"b"}"#),
        ("Fn::Join:\n- ''\n- - a\n  - b", #"{"Fn::Join":["",["a","b"]]}"#), ("a: \"one\n  two\n\n  three\"", #"{"a":"one two\nthree"}"#),
        ("? a: b".replacing("? ", with: ""), #"{"a":"b"}"#), ("a: arn:aws:s3:::b/*", #"{"a":"arn:aws:s3:::b/*"}"#),
        ("a : b\n\"c d\" : e", #"{"a":"b","c d":"e"}"#),
        ("- - 1\n  - 2\n- - 3", "[[1,2],[3]]"), ("a:\r\n  b: c\r\n", #"{"a":{"b":"c"}}"#), ("a: |\r\n  x\r\n  y\r\n", #"{"a":"x\ny\n"}"#),
        ("a: !Base64\n  Fn::Sub: |\n    first\n    echo ${X}", #"{"a":{"Fn::Base64":{"Fn::Sub":"first\necho ${X}"}}}"#),
        ("a: {}\nb: []", #"{"a":{},"b":[]}"#),
    ])
    func `what is read`(yaml: String, json: String) throws {
        #expect(try parse(yaml) == JSON.parse(json))
    }

    @Test(arguments: [
        "a: &x 1", "a: *x", "<<: {a: b}", "a: b: c", "a: [1, 2", "a: {b: c", "a: \"x", "a: 'x", "\ta: b", "a: 1\na: 2", "a: !Unknown x", "? a\n: b",
        "a: @x", "a:\n    b: c\n  d: e",
        "a: 1\n- b", "a: 'x' y", "[a b: c]", "a: |x\n  y", "a: \"\\q\"", "- a\nb: c",
    ])
    func `what is refused`(yaml: String) {
        #expect(throws: YAMLFault.self) { try parse(yaml) }
    }

    @Test func `a fault says where it is`() {
        #expect(throws: YAMLFault(reason: "anchors and aliases are not read", line: 3, column: 8)) { try parse("a: b\nc:\n    d: &x 1") }
    }

    @Test func `depth is bounded`() {
        let flow = String(repeating: "[", count: 5000)
        #expect(throws: YAMLFault.self) { try parse(flow) }
        let dashes = String(repeating: "- ", count: 5000) + "x"
        #expect(throws: YAMLFault.self) { try parse(dashes) }
        let tags = String(repeating: "!Ref ", count: 5000) + "x"
        #expect(throws: YAMLFault.self) { try parse("a: " + tags) }
    }

    @Test func `broken texts never trap`() {
        let whole = Array(
            "a: !If [C, {b: 'x'}, \"y\\u00e9\"]\nd: |-\n  t\n   u\ne:\n- f: g\n  h: >+\n    i\n- !Sub\n  - ${x}\n  - x: 1 # c\n".utf8
        )
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0...2, using: &generator) {
                case 0: bytes[place] = Array("\n \t:-[]{}'\"!&*|>#,%\\?x".utf8).randomElement(using: &generator) ?? 0
                case 1: bytes.remove(at: place)
                default: bytes = Array(bytes[..<place]) + Array(bytes[Int.random(in: 0..<bytes.count, using: &generator)...])
                }
                if bytes.isEmpty { bytes = [0x20] }
            }
            _ = try? YAMLReader.parse(bytes)
        }
    }
}
