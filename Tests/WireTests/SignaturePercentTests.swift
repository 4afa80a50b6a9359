import Testing

@testable import Wire

@Suite struct SignaturePercentTests {
    @Test func `only the unreserved characters stand`() {
        #expect(Percent.encode("AZaz09-._~") == "AZaz09-._~")
        #expect(Percent.encode(" /+%ሴ") == "%20%2F%2B%25%E1%88%B4")
        #expect(Percent.encode("a/b c", keepingSlashes: true) == "a/b%20c")
    }

    @Test func `what was encoded decodes`() {
        for scalar in (0...0x2FF).compactMap({ Unicode.Scalar($0) }) {
            let text = "a\(Character(scalar))b"
            #expect(Percent.decode(Percent.encode(text)) == text)
        }
    }

    @Test(arguments: ["%", "%4", "%zz", "a%2", "%FF", "%C3%28"]) func `a malformed escape is refused`(_ text: String) {
        #expect(Percent.decode(text) == nil)
        #expect(Percent.pairs(query: "a=\(text)") == nil)
    }

    @Test func `a query is read in order, pluses as blanks`() throws {
        let pairs = try #require(Percent.pairs(query: "b=1&a&&c=x=y&d=a+b%2Bc&%65="))
        #expect(pairs.map(\.name) == ["b", "a", "c", "d", "e"])
        #expect(pairs.map(\.value) == ["1", "", "x=y", "a b+c", ""])
    }

    @Test func `every spelling has one canonical form`() {
        for spelling in ["%7e%7E~", "%7E~%7e"] {
            var output: [UInt8] = []
            Percent.appendCanonical(spelling.utf8, to: &output, plusIsBlank: true, keepingSlashes: false)
            #expect(String(decoding: output, as: UTF8.self) == "~~~")
        }
        var output: [UInt8] = []
        Percent.appendCanonical("a+b/c%2fd%zz".utf8, to: &output, plusIsBlank: false, keepingSlashes: true)
        #expect(String(decoding: output, as: UTF8.self) == "a%2Bb/c%2Fd%25zz")
    }
}
