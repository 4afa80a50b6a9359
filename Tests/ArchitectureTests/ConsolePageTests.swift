import Foundation
import Testing

/// The console is in the program as it lies in its folder: every file is embedded, small, and asks nobody else for anything.
struct ConsolePageTests {
    static let folder = SourceTree.root.appendingPathComponent("Sources/CConsolePages")

    private func files() throws -> [String: Data] {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.appendingPathComponent("Pages").path)
        return try Dictionary(uniqueKeysWithValues: names.map { ($0, try Data(contentsOf: Self.folder.appendingPathComponent("Pages/\($0)"))) })
    }

    @Test func `every page is embedded once, and every embedded page is there`() throws {
        let source = try String(contentsOf: Self.folder.appendingPathComponent("pages.c"), encoding: .utf8)
        let embedded = source.matches(of: #/#embed "Pages\/([^"]+)"/#).map { String($0.output.1) }
        #expect(embedded.sorted() == (try files().keys.sorted()))
        let served = source.matches(of: #/\{"console(?:\/([^"]+))?", "[^"]+", (\w+), sizeof (\w+)\}/#)
        #expect(served.map { $0.output.1.map(String.init) ?? "index.html" } == embedded)
        #expect(served.allSatisfy { $0.output.2 == $0.output.3 })
    }

    @Test func `the whole console is at most 300 kB, and no file passes 400 lines`() throws {
        let files = try files()
        #expect(files.values.reduce(0) { $0 + $1.count } <= 300_000)
        #expect(files.filter { $0.value.count(where: { $0 == UInt8(ascii: "\n") }) > 400 }.keys.sorted() == [])
    }

    @Test func `no page names another host, makes elements of text or has a script of its own inside`() throws {
        for (name, data) in try files() {
            let text = String(decoding: data, as: UTF8.self)
            let addresses = text.matches(of: #/https?:\/\/[^\s"'`)]+/#).map { String($0.output) }
            // A namespace is a name and not an address; an example is shown and not asked.
            #expect(addresses.filter { !$0.hasPrefix("http://www.w3.org/2000/svg") && !$0.hasPrefix("http://127.0.0.1") } == [], "\(name)")
            for word in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"] {
                #expect(!text.contains(word), "\(name): \(word)")
            }
            #expect(!name.hasSuffix(".html") || text.matches(of: #/<script(?![^>]*src=)|<style|\son\w+=|\sstyle=/#).isEmpty, "\(name)")
        }
    }
}
