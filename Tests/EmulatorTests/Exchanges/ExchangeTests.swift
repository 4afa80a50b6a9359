import Foundation
import Testing
import Wire

/// Golden exchanges: every file of `testdata/exchanges` is played to a server of its own, and each answer is compared whole: the status, every header in
/// its order, and the body. `PERSONALITE_RECORD_EXCHANGES=1` writes what was answered into the files instead, to be read as a diff.
@Suite struct ExchangeTests {
    static let folder = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .appendingPathComponent("../../../../testdata/exchanges").standardizedFileURL
    static let files = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).filter { $0.hasSuffix(".http") }.sorted()

    @Test func `there are exchanges for S3, the events, the runtime and the control paths`() {
        for beginning in ["s3-", "events-", "runtime-", "control-"] {
            #expect(Self.files.contains { $0.hasPrefix(beginning) }, "\(beginning)*.http")
        }
    }

    @Test(arguments: files) func `answers are as recorded`(file: String) throws {
        let path = Self.folder.appendingPathComponent(file)
        let (comment, exchanges) = try #require(Exchange.read(String(contentsOf: path, encoding: .utf8)), "\(file) is not readable")
        #expect(!comment.isEmpty && !exchanges.isEmpty)
        let harness = try EmulatorHarness()
        var values: [String: String] = [:]
        var recorded: [Exchange] = []
        for exchange in exchanges {
            let request = try #require(exchange.request.request(values), "\(exchange.request.start) is no request")
            let actual = Exchange.Message(harness.converse(request))
            let found = AnswerPattern(exchange.answer.text).match(actual.text)
            values.merge(found ?? [:]) { $1 }
            recorded.append(Exchange(request: exchange.request, answer: found == nil ? actual : exchange.answer))
            if !Self.records {
                #expect(found != nil, "\(exchange.request.start)\n--- expected\n\(exchange.answer.text)\n--- answered\n\(actual.text)")
            }
        }
        if Self.records { try Exchange.write(comment: comment, recorded).write(to: path, atomically: true, encoding: .utf8) }
    }

    private static let records = ProcessInfo.processInfo.environment["PERSONALITE_RECORD_EXCHANGES"] == "1"

    @Test(
        arguments: [
            ("a{x}c", "abbc", ["x": "bb"]), ("{*}", "anything", [:]), ("{x}-{x}", "1-1", ["x": "1"]), ("{x}-{x}", "1-2", nil),
            ("{\"a\":{x}}", "{\"a\":1}", ["x": "1"]), ("ab", "abc", nil), ("{x}b", "abcb", ["x": "abc"]), ("", "", [:]), ("", "a", nil),
        ] as [(String, String, [String: String]?)]
    )
    func `a pattern matches what it should`(pattern: String, text: String, values: [String: String]?) {
        #expect(AnswerPattern(pattern).match(text) == values)
    }

    @Test func `what is written is read again`() {
        let exchange = Exchange(
            request: .init(start: "PUT /a", headers: ["x: y"], body: "one\n\ntwo"),
            answer: .init(start: "200", headers: ["etag: {tag}"])
        )
        let text = Exchange.write(comment: "# A comment.", [exchange, exchange])
        let again = Exchange.read(text)
        #expect(again?.comment == "# A comment.")
        #expect(again?.exchanges == [exchange, exchange])
    }
}

extension Exchange.Message {
    /// Everything that is compared.
    var text: String { lines(after: "<<<").joined(separator: "\n") }
}
