import Testing
import Wire

@Suite struct PatternTests {
    @Test func `boundaries and classes are those of Java`() {
        #expect(Pattern(#"arn:\b(aws|aws-cn)\b:[a-z]*"#).matches("arn:aws:x"))
        #expect(!Pattern(#"arn:\b(aws|aws-cn)\b:[a-z]*"#).matches("arn:awsx:x"))
        for (pattern, other) in [(#"\d+"#, "٣"), (#"\w+"#, "é"), (#"\s+"#, "\u{3000}")] {
            #expect(!Pattern(pattern).matches(other), "\(pattern)")
        }
        #expect(Pattern(#"\d+\w+\s"#).matches("3a_ "))
    }

    @Test func `each hot loop agrees with the expression it stands for`() {
        var random = Seeded(state: 11)
        let alphabet: [Character] = ["a", "Z", "0", "9", "-", "_", ".", ":", "/", " ", "é", "\n", "\u{2028}", "\u{0}"]
        let seeds = [
            "", "0", "00", "12", "arn:aws:personalize:us-east-1:000000000000:campaign/a", "arn:aws:personalize:::recipe/x", "arn:aws:personalize:",
            "abc",
        ]
        for (pattern, matches) in Pattern.hotMatchers {
            for seed in seeds { #expect(matches(seed) == Pattern.matchesRegex(pattern, seed), "\(pattern) on \(seed)") }
            for _ in 0..<300 {
                var text = Array(seeds.randomElement(using: &random) ?? "")
                for _ in 0..<Int.random(in: 0..<5, using: &random) {
                    text.insert(alphabet.randomElement(using: &random) ?? "a", at: Int.random(in: 0...text.count, using: &random))
                }
                #expect(matches(String(text)) == Pattern.matchesRegex(pattern, String(text)), "\(pattern) on \(text)")
            }
        }
    }
}
