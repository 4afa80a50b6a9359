import Testing

/// Habits that keep the code easy to read and to change: short files, tests that never wait, nothing forced, nothing left for later.
struct HabitTests {
    static let everything = SourceTree.sources + SourceTree.tests

    @Test func `no file passes 400 lines, generated ones apart`() {
        #expect(Self.everything.filter { !$0.isGenerated && $0.lines.count > 400 }.map { "\($0.path): \($0.lines.count)" } == [])
    }

    @Test func `no test waits for time to pass`() {
        // Put together here, so that this file does not find itself.
        let names = ["sle" + "ep(", "sle" + "ep (", ".sle" + "ep", "import sle" + "ep", "uninterruptibleSle" + "ep", "waitfor" + "timeout"]
        #expect(SourceTree.tests.count > 4)
        #expect(SourceTree.tests.flatMap { $0.locations { line in names.contains { line.contains($0) } } } == [])
    }

    @Test func `nothing throws by force`() {
        let force = "try" + "!"
        #expect(Self.everything.flatMap { $0.locations { $0.contains(force) } } == [])
    }

    @Test func `nothing is left for later`() {
        let words = ["TO" + "DO", "FIX" + "ME", "XX" + "X:", "HA" + "CK"]
        #expect(SourceTree.sources.flatMap { $0.locations { line in words.contains { line.contains($0) } } } == [])
    }

    /// Where sharing without the compiler's proof is allowed: what NIO and libcurl confine to a thread, numeric and file kernels.
    static let uncheckedFolders = [
        "Sources/personalite/Listener/", "Sources/Checksums/", "Sources/Recommend/", "Sources/Streams/", "Sources/SQLite/",
        "Sources/ServiceKit/Store/", "Sources/OutgoingHTTP/", "Sources/bench/",
    ]

    @Test func `unchecked sharing stays in its folders and says why on the line before`() {
        let marks = ["@unchecked" + " Sendable", "nonisolated(un" + "safe)"]
        var broken: [String] = []
        for file in SourceTree.sources {
            let allowed = Self.uncheckedFolders.contains { file.path.hasPrefix($0) }
            for (number, line) in file.lines.enumerated() where marks.contains(where: { line.contains($0) }) {
                let before = number > 0 ? file.lines[number - 1].drop { $0 == " " } : ""
                if !allowed || !before.hasPrefix("//") { broken.append("\(file.path):\(number + 1)") }
            }
        }
        #expect(broken == [])
    }

    @Test func `the tree holds no conflict marks and no tabs in Swift`() {
        let marks = ["<<<<" + "<<<", ">>>>" + ">>>"]
        #expect(Self.everything.flatMap { $0.locations { line in marks.contains { line.hasPrefix($0) } } } == [])
        #expect(Self.everything.filter { $0.path.hasSuffix(".swift") && !$0.isGenerated }.flatMap { $0.locations { $0.contains("\t") } } == [])
    }
}
