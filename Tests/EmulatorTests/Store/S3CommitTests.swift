import Testing
import Wire

@testable import Emulator
@testable import PersonalizeEmulator
@testable import S3Emulator
@testable import ServiceKit

/// Every request to S3 that creates or changes something, with a commit that fails: nothing has happened, and the bytes that came with it
/// are gone.
@Suite struct S3CommitTests {
    private struct Request {
        var method: String
        var path: String
        var query = ""
        var headers: [(name: String, value: String)] = []
        var body = ""
    }

    private static let deletion = "<Delete><Object><Key>a</Key></Object></Delete>"

    private static func requests(upload: String, etag: String) -> [Request] {
        let part = "<Part><PartNumber>1</PartNumber><ETag>\(etag)</ETag></Part>"
        return [
            Request(method: "PUT", path: "/new"),
            Request(method: "PUT", path: "/bbb/new", body: "hello"),
            Request(method: "PUT", path: "/bbb/a", body: "other"),
            Request(method: "PUT", path: "/bbb/copy", headers: [("x-amz-copy-source", "/bbb/a")]),
            Request(method: "DELETE", path: "/bbb/a"),
            Request(method: "POST", path: "/bbb", query: "delete", headers: [("content-md5", md5(deletion))], body: deletion),
            Request(method: "POST", path: "/bbb/big", query: "uploads"),
            Request(method: "PUT", path: "/bbb/big", query: "partNumber=1&uploadId=\(upload)", body: "part again"),
            Request(
                method: "PUT",
                path: "/bbb/big",
                query: "partNumber=2&uploadId=\(upload)",
                headers: [("x-amz-copy-source", "/bbb/a")]
            ),
            Request(
                method: "POST",
                path: "/bbb/big",
                query: "uploadId=\(upload)",
                body: "<CompleteMultipartUpload>\(part)</CompleteMultipartUpload>"
            ),
            Request(method: "DELETE", path: "/bbb/big", query: "uploadId=\(upload)"),
            Request(method: "PUT", path: "/bbb", query: "policy", body: #"{"Statement":[]}"#),
            Request(method: "DELETE", path: "/bbb", query: "policy"),
            Request(method: "DELETE", path: "/empty"),
        ]
    }

    private static func md5(_ text: String) -> String {
        Base64.encode(Checksum.value(.md5, of: Array(text.utf8)))
    }

    @Test func `a request whose commit fails has not happened`() throws {
        let harness = try EmulatorHarness()
        for path in ["/bbb", "/empty"] { #expect(Self.send(Request(method: "PUT", path: path), harness).status == 200) }
        #expect(Self.send(Request(method: "PUT", path: "/bbb/a", body: "first"), harness).status == 200)
        let begun = Self.send(Request(method: "POST", path: "/bbb/big", query: "uploads"), harness).text
        let upload = try #require(begun.split(separator: "<UploadId>").last?.split(separator: "<").first.map(String.init))
        let sent = Self.send(Request(method: "PUT", path: "/bbb/big", query: "partNumber=1&uploadId=\(upload)", body: "part"), harness)
        let store = harness.emulator.parts.store
        let before = try Self.seen(store, harness)
        let commits = try FailingCommits(store, count: 0)
        for request in Self.requests(upload: upload, etag: sent.header("etag") ?? "") {
            commits.fail(next: 1)
            let answer = Self.send(request, harness)
            commits.fail(next: 0)
            #expect(answer.status == 500, "\(request.method) \(request.path)?\(request.query): \(answer.text)")
            #expect(try Self.seen(store, harness) == before, "\(request.method) \(request.path)?\(request.query)")
        }
        #expect(Self.send(Request(method: "PUT", path: "/bbb/new", body: "hello"), harness).status == 200)
        #expect(try Self.seen(store, harness) != before)
    }

    /// Rows, and what clients read.
    private static func seen(_ store: Store, _ harness: EmulatorHarness) throws -> [String] {
        let rows = try store.contents.sorted { $0.key < $1.key }.flatMap { table, rows in rows.map { "\(table) \($0)" } }
        let reads = [Request(method: "GET", path: "/bbb/a"), Request(method: "GET", path: "/bbb/new")]
        return rows
            + reads.map { request in
                let answer = send(request, harness)
                return "\(answer.status) \(answer.status == 200 ? answer.text : "")"
            }
    }

    private static func send(_ request: Request, _ harness: EmulatorHarness) -> WireResponse {
        var fields: [(name: String, value: String)] = [("host", "localhost"), ("content-length", "\(request.body.utf8.count)")]
        fields += request.headers
        var wire = WireRequest(method: request.method, path: request.path, query: request.query, headers: WireHeaders(fields))
        switch harness.emulator.admit(wire) {
        case .stream(let sink):
            sink.receive(Array(request.body.utf8))
            return harness.awaited { sink.complete($0) }
        case .refuse(let answer): return answer
        case .collect:
            wire.body = Array(request.body.utf8)
            return harness.answer(wire)
        }
    }
}
