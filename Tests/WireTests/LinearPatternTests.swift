import Testing

@testable import Wire

@Suite struct LinearPatternTests {
    @Test(arguments: [
        ("", ""), ("abc", "abc"), ("a|bc|", "bc"), ("a*b+c?", "aabb"), ("(ab){2,3}", "ababab"), ("[a-c0-9_-]+", "a-9_c"), ("[^x]+", "aé漢"),
        (#"\d{4}-\d{2}"#, "2026-11"), (#"^[A-Z][A-Za-z0-9]*$"#, "Name1"), (#"arn:aws:s3:::[^/]+/.*"#, "arn:aws:s3:::b/k/x"), (#"\.\*\\"#, #".*\"#),
        ("a{3}", "aaa"), ("a{2,}", "aaaaa"), ("(a|b)*?c", "abac"), (#"[\w.-]+"#, "a_b.c-d"), ("(?:x)", "x"), (#"[]]"#, "]"), (#"\u0041\x42"#, "AB"),
        ("^$|^a$", ""), (".*", "a b"), (#"[\S]+"#, "ab"), ("a{0}b", "b"),
    ])
    func `whole texts that match`(pattern: String, text: String) throws {
        #expect(try LinearPattern(pattern).matchesWhole(text))
    }

    @Test(arguments: [
        ("abc", "abcd"), ("a+", ""), ("[a-c]", "d"), ("a{2,3}", "aaaa"), (#"\d"#, "x"), ("^a$", "ba"), (".", "\n"), ("[^a]", "a"), ("(ab)+", "aba"),
    ])
    func `whole texts that do not match`(pattern: String, text: String) throws {
        #expect(try !LinearPattern(pattern).matchesWhole(text))
    }

    @Test func `a part is found anywhere, unless an anchor says where`() throws {
        #expect(try LinearPattern("b+").matchesPart("aabbcc"))
        #expect(try !LinearPattern("^b").matchesPart("aab"))
        #expect(try LinearPattern("c$").matchesPart("abc"))
        #expect(try LinearPattern("").matchesPart("abc"))
    }

    @Test(arguments: [
        "(", ")", "[a", "*a", "a{2,1}", "(?=a)", #"(a)\1"#, "[[:alpha:]]", "a{99999}", "\\", "[z-a]", "((((a{900}){900}){900}){900})",
        "((((){5000}){5000}){5000})", "a++", "a{2}{2}",
    ])
    func `what is not read is refused`(pattern: String) {
        #expect(throws: LinearPattern.Fault.self) { try LinearPattern(pattern) }
    }

    @Test func `what would take for ever elsewhere is answered at once`() throws {
        let text = String(repeating: "a", count: 5000) + "!"
        #expect(try !LinearPattern("(a+)+b").matchesWhole(text))
        #expect(try !LinearPattern("(a|aa)+$").matchesWhole(text))
        #expect(throws: LinearPattern.Fault.self) { try LinearPattern(String(repeating: "(", count: 5000)) }
        #expect(try LinearPattern("[\u{1}\u{5}\u{3}b-dx-za-c]{5}").matchesWhole("\u{5}adzx"))
        #expect(try !LinearPattern("[^b-da-cx]").matchesWhole("d"))
    }

    /// The standard library's own matcher agrees on patterns that both read.
    @Test func `random patterns match as the standard library has it`() throws {
        var generator = SystemRandomNumberGenerator()
        func atom(_ depth: Int) -> String {
            switch Int.random(in: 0..<(depth > 2 ? 4 : 6), using: &generator) {
            case 0: return "a"
            case 1: return "b"
            case 2: return "[ab]"
            case 3: return "."
            case 4: return "(\(choice(depth + 1)))"
            default: return "(\(choice(depth + 1)))" + ["*", "?", "{1,2}"].randomElement(using: &generator)!
            }
        }
        func choice(_ depth: Int) -> String {
            (0...Int.random(in: 0...1, using: &generator)).map { _ in
                (0...Int.random(in: 0...2, using: &generator)).map { _ in atom(depth) }.joined()
            }.joined(separator: "|")
        }
        for _ in 0..<300 {
            let pattern = choice(0)
            let ours = try LinearPattern(pattern)
            let theirs = try Regex(pattern)
            for _ in 0..<5 {
                let text = String((0..<Int.random(in: 0...6, using: &generator)).map { _ in "abc".randomElement(using: &generator)! })
                #expect(ours.matchesWhole(text) == (text.wholeMatch(of: theirs) != nil), "\(pattern) on \(text)")
            }
        }
    }
}
