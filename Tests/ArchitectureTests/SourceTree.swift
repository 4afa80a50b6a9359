import Foundation
import Testing

/// One file of the tree, read once.
struct SourceFile: Sendable, CustomTestStringConvertible {
    /// From the root of the repository: `Sources/Wire/JSON.swift`.
    let path: String
    let lines: [Substring]

    var isGenerated: Bool { path.hasSuffix(".generated.swift") }

    /// `Wire` for `Sources/Wire/JSON.swift`.
    var target: String { String(path.split(separator: "/")[1]) }

    var testDescription: String { path }

    /// `path:line` of every line that matches, comments and text literals included.
    func locations(where matches: (Substring) -> Bool) -> [String] {
        lines.enumerated().filter { matches($0.element) }.map { "\(path):\($0.offset + 1)" }
    }
}

enum SourceTree {
    static let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().appendingPathComponent("../../..").standardizedFileURL

    static let sources = files(under: "Sources", suffixes: [".swift"])
    static let tests = files(under: "Tests", suffixes: [".swift", ".py"])

    static let documents =
        files(under: "docs", suffixes: [".md"]) + ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"].map(file)

    private static func file(_ path: String) -> SourceFile {
        let text = (try? String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)) ?? ""
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        return SourceFile(path: path, lines: lines)
    }

    private static func files(under folder: String, suffixes: [String]) -> [SourceFile] {
        let start = root.appendingPathComponent(folder)
        guard let walk = FileManager.default.enumerator(atPath: start.path) else { return [] }
        let names = walk.compactMap { $0 as? String }.filter { name in suffixes.contains { name.hasSuffix($0) } }
        return names.sorted().map { file("\(folder)/\($0)") }
    }
}
