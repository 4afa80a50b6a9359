import CloudFormationEmulator
import Foundation
import Testing
import Wire

@testable import Emulator
@testable import PersonalizeEmulator
@testable import ServiceKit

@Suite struct FidelityTests {
    private static let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().appendingPathComponent("../../..").standardizedFileURL

    private static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    /// The Swift and Python files in a folder of the repository, by their names.
    private static func files(in folder: String) -> [String: String] {
        let folder = root.appendingPathComponent(folder)
        let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        var files: [String: String] = [:]
        for name in names where name.hasSuffix(".swift") || name.hasSuffix(".py") {
            files[String(name.split(separator: "/").last ?? "")] = try? String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
        }
        return files
    }

    /// `GetSolutionMetrics` as boto3 calls it: `get_solution_metrics`.
    private static func snake(_ name: String) -> String {
        name.reduce(into: "") { text, letter in
            if letter.isUppercase, let last = text.last, last != "_", last.isLowercase { text += "_" }
            text += letter.lowercased()
        }
    }

    /// Whether a Python text has `.method`, and not only a method whose name begins like it, or `"method"`, as what pages is named.
    private static func calls(_ method: String, in text: String) -> Bool {
        text.contains("\"\(method)\"")
            || text.components(separatedBy: ".\(method)").dropFirst().contains { rest in
                rest.first.map { !$0.isLetter && $0 != "_" } ?? true
            }
    }

    @Test func `the table has all operations, and all are carried out`() {
        #expect(Fidelity.operations.count == 79 && Fidelity.operations.allSatisfy(\.isDone))
        #expect(Set(FidelityNotes.all.keys).isSubset(of: Set(Fidelity.operations.map(\.operation))))
    }

    @Test func `notes are about operations that are carried out`() {
        #expect(Set(IdentityNotes.differences.keys).isSubset(of: Set(Fidelity.identity.map(\.operation))))
    }

    @Test func `the test that pins an operation is there and calls it`() {
        let files = Self.files(in: "Tests")
        for row in Fidelity.operations + Fidelity.identity where row.isDone {
            guard let text = files[row.test] else {
                Issue.record("\(row.operation): there is no test \(row.test)")
                continue
            }
            // As a call of the client, and as the harness asks for it: a mention would not do.
            let isCalled =
                row.test.hasSuffix(".py")
                ? Self.calls(Self.snake(row.operation), in: text)
                : text.contains("\"\(row.operation)\"")
            #expect(isCalled, "\(row.test) does not call \(row.operation)")
        }
    }

    @Test(arguments: [
        ("docs/fidelity.md", Fidelity.markdown), ("docs/fidelity-identity.md", Fidelity.identityMarkdown),
        ("docs/fidelity-cloudformation.md", TypeFidelity.markdown),
    ])
    func `the page has the table`(path: String, table: String) throws {
        let page = try Self.text(path)
        let parts = page.split(separator: "<!-- operations -->\n", maxSplits: 1)
        let rest = parts[1].split(separator: "<!-- end of operations -->", maxSplits: 1)
        if ProcessInfo.processInfo.environment["PERSONALITE_WRITE_DOCS"] != nil {
            let written = parts[0] + "<!-- operations -->\n" + table + "<!-- end of operations -->" + (rest.last ?? "")
            try String(written).write(to: Self.root.appendingPathComponent(path), atomically: true, encoding: .utf8)
        } else {
            #expect(
                String(rest[0]) == table,
                "\(path) is out of date: PERSONALITE_WRITE_DOCS=1 swift test --filter FidelityTests"
            )
        }
    }

    @Test func `the server prints the same`() throws {
        let answer = try EmulatorHarness().answer(
            WireRequest(method: "GET", path: "/_personalite/fidelity", headers: WireHeaders([("host", "localhost")]))
        )
        let document = try JSON.parse(Array(answer.text.utf8))
        #expect(document["of"] == .integer(79))
        #expect(document.required("operations").items.map { $0.required("operation").text } == Fidelity.operations.map(\.operation))
    }
}
