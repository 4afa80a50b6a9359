import Foundation
import Testing

/// Which targets are compiled without checks: only those with the inner loops, which read nothing from outside.
struct CompilerFlagTests {
    private let manifest: String

    init() throws { manifest = try String(contentsOf: SourceTree.root.appendingPathComponent("Package.swift"), encoding: .utf8) }

    /// The declarations of targets by name: from one `name:` to the next.
    private var targets: [(name: Substring, text: Substring)] {
        let list = manifest[(manifest.range(of: "    targets: [")?.upperBound ?? manifest.endIndex)...]
        return list.ranges(of: /\.(target|executableTarget|testTarget)\(/).map(\.lowerBound).pairs(to: list.endIndex).compactMap { start, end in
            guard let name = list[start..<end].firstMatch(of: /name: "(\w+)"/) else { return nil }
            return (name.output.1, list[start..<end])
        }
    }

    @Test func `every folder of Sources is declared with a list of settings of its own`() {
        let sources = Set(SourceTree.sources.map(\.target))
        #expect(sources.subtracting(targets.map { String($0.name) }) == [])
        #expect(targets.filter { !$0.text.contains("swiftSettings: ") }.map(\.name) == [])
    }

    @Test func `only the inner loops are built without checks`() {
        #expect(targets.filter { $0.text.contains("unchecked") || $0.text.contains("wideRules") }.map(\.name) == ["Kernels", "KernelsAVX2"])
        #expect(manifest.ranges(of: "-Ounchecked").count == 1)
        #expect(manifest.ranges(of: "-Osize").count == 1)
        #expect(manifest.ranges(of: "unsafeFlags").count == 3)
        // Not in the rules that all targets share.
        #expect(manifest.contains("let uncheckedRules = rules + [.unsafeFlags([\"-Ounchecked\"], .when(configuration: .release))]"))
        #expect(manifest.contains("let wideRules = uncheckedRules + [.unsafeFlags([\"-Xcc\", \"-mavx2\"])]"))
        #expect(manifest.ranges(of: "uncheckedRules").count == 4 && manifest.ranges(of: "wideRules").count == 3)
    }

    @Test func `the loops for AVX2 are those of Kernels`() throws {
        let folder = SourceTree.root.appendingPathComponent("Sources/KernelsAVX2")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0 != "Kernels.swift" }
        #expect(!names.isEmpty)
        for name in names {
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder.appendingPathComponent(name).path) == "../Kernels/\(name)")
        }
    }

    @Test func `what is built without checks neither reads nor calls anything from outside`() {
        let kernels = SourceTree.sources.filter { $0.target.hasPrefix("Kernels") }
        #expect(!kernels.isEmpty)
        let words = ["import ", "precondition", "fopen", "open(", "read(", "mmap", "-> Void)", "@escaping"]
        // CProcessor has names for instructions, and reads nothing.
        #expect(kernels.flatMap { $0.locations { line in line != "import CProcessor" && words.contains { line.contains($0) } } } == [])
    }
}

extension [String.Index] {
    /// Each with the one after it, the last with `end`.
    fileprivate func pairs(to end: String.Index) -> [(String.Index, String.Index)] { zip(self, Array(dropFirst()) + [end]).map { ($0, $1) } }
}
