import Testing
import Wire

@testable import personalite

struct ContinueTests {
    private static let head = "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-Continue\r\n\r\n"

    @Test func `a client that asks is told to go on, once it is admitted`() async throws {
        try await withListener { listener in
            let client = try RawClient(port: listener.port)
            try client.send(Self.head)
            #expect(try client.read().status == 100)
            try client.send("ab")
            #expect(try client.read().text == "PUT / ab")
        }
    }

    @Test func `an upload is told to go on as well`() async throws {
        let sink = RecordingSink()
        var responder = TestResponder.echo
        responder.admitting = { _ in .stream(sink) }
        try await withListener(responder) { listener in
            let client = try RawClient(port: listener.port)
            try client.send(Self.head)
            #expect(try client.read().status == 100)
            try client.send("ab")
            #expect(try client.read().text == "2")
        }
    }

    @Test func `a client that is refused is not told to go on`() async throws {
        var responder = TestResponder.echo
        responder.admitting = { _ in .refuse(.text("no", status: 403)) }
        try await withListener(responder) { listener in
            let client = try RawClient(port: listener.port)
            try client.send(Self.head)
            #expect(try client.read().status == 403)
            #expect(try client.isClosed())
        }
    }

    @Test func `a body too large is refused before it is sent`() async throws {
        var responder = TestResponder.echo
        responder.admitting = { _ in .collect(limit: 1) }
        try await withListener(responder) { listener in
            let client = try RawClient(port: listener.port)
            try client.send(Self.head)
            #expect(try client.read().status == 413)
        }
    }

    @Test func `a client that did not wait is not told`() async throws {
        try await withListener { listener in
            let client = try RawClient(port: listener.port)
            try client.send(Self.head + "ab")
            #expect(try client.read().status == 200)
        }
    }

    @Test func `HTTP 1.0 is never told`() async throws {
        try await withListener { listener in
            let client = try RawClient(port: listener.port)
            try client.send("PUT / HTTP/1.0\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
            try client.send("ab")
            #expect(try client.read().status == 200)
        }
    }

    /// Clients that ask before an empty body wait for the go-ahead as well, and for a second when it does not come.
    @Test(arguments: ["Content-Length: 0", "Content-Type: text/plain"])
    func `a client that asks with nothing to send is told to go on`(line: String) async throws {
        try await withListener { listener in
            let client = try RawClient(port: listener.port)
            try client.send("PUT / HTTP/1.1\r\nHost: a\r\n\(line)\r\nExpect: 100-continue\r\n\r\n")
            #expect(try client.read().status == 100)
            #expect(try client.read().text == "PUT / ")
        }
    }

    @Test func `with nothing to send the go-ahead waits for the answers before it, and comes before its own`() async throws {
        let replies = Event<@Sendable (WireResponse) -> Void>()
        let responder = TestResponder { request, reply in
            if request.path == "/slow" { replies.happen(reply) } else { reply(.text("done")) }
        }
        try await withListener(responder) { listener in
            let client = try RawClient(port: listener.port)
            try client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\nPUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nExpect: 100-continue\r\n\r\n")
            try await replies.next(.text("slow"))
            #expect(try client.read().text == "slow")
            #expect(try client.read().status == 100)
            #expect(try client.read().text == "done")
        }
    }

    @Test func `the go-ahead waits for the answers before it`() async throws {
        let replies = Event<@Sendable (WireResponse) -> Void>()
        let responder = TestResponder { request, reply in
            if request.path == "/slow" { replies.happen(reply) } else { reply(.text("done")) }
        }
        try await withListener(responder) { listener in
            let client = try RawClient(port: listener.port)
            try client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n" + Self.head)
            try await replies.next(.text("slow"))
            #expect(try client.read().text == "slow")
            #expect(try client.read().status == 100)
            try client.send("ab")
            #expect(try client.read().text == "done")
        }
    }
}
