import Foundation
import Testing

/// Whatever the tree cites is in the tree, or is public: AWS's pages by title, RFCs, issue threads.
struct ReferenceTests {
    /// Text files in which others are named.
    static let texts: [SourceFile] =
        SourceTree.sources + SourceTree.tests + SourceTree.documents

    @Test func `every file that is named is there`() {
        var missing: Set<String> = []
        for file in Self.texts {
            for line in file.lines where Self.mayName(line) {
                for match in line.matches(of: #/(?:docs|testdata|Tests|Sources|findings)/[A-Za-z0-9_.\/+\-]*[A-Za-z0-9_+]/#) {
                    let isPart = match.range.lowerBound > line.startIndex && "/._{}".contains(line[line.index(before: match.range.lowerBound)])
                    // A pattern of names, as docs/*.md is.
                    let isPattern = match.range.upperBound < line.endIndex && "*{<".contains(line[match.range.upperBound])
                    guard !isPart, !isPattern else { continue }
                    let path = SourceTree.root.appendingPathComponent(String(match.output)).path
                    if !FileManager.default.fileExists(atPath: path) { missing.insert("\(file.path): \(match.output)") }
                }
            }
        }
        #expect(missing.sorted() == [])
    }

    /// Whether a slash follows the last letter of a folder that is looked for: the pattern itself takes minutes for all lines.
    private static func mayName(_ line: Substring) -> Bool {
        var last: UInt8 = 0
        for byte in line.utf8 {
            if byte == UInt8(ascii: "/"), last == UInt8(ascii: "s") || last == UInt8(ascii: "a") { return true }
            last = byte
        }
        return false
    }

    @Test func `nothing cites a document that readers do not have`() {
        // Put together here, so that this file does not find itself.
        let names = ["behaviour " + "sheet", "house " + "plan", "design " + "card", "errata" + ".md"]
        #expect(Self.texts.count > 100)
        #expect(Self.texts.flatMap { $0.locations { line in names.contains { line.lowercased().contains($0) } } } == [])
    }
}
