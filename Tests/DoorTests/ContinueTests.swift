import Testing
import Wire

@testable import personalite

struct ContinueTests {
    private static let head = "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-Continue\r\n\r\n"

    @Test func `a client that asks is told to go on, once it is admitted`() async throws {
        try await withDoor { door in
            let client = try RawClient(port: door.port)
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
        try await withDoor(responder) { door in
            let client = try RawClient(port: door.port)
            try client.send(Self.head)
            #expect(try client.read().status == 100)
            try client.send("ab")
            #expect(try client.read().text == "2")
        }
    }

    @Test func `a client that is refused is not told to go on`() async throws {
        var responder = TestResponder.echo
        responder.admitting = { _ in .refuse(.text("no", status: 403)) }
        try await withDoor(responder) { door in
            let client = try RawClient(port: door.port)
            try client.send(Self.head)
            #expect(try client.read().status == 403)
            #expect(try client.isClosed())
        }
    }

    @Test func `a body too large is refused before it is sent`() async throws {
        var responder = TestResponder.echo
        responder.admitting = { _ in .collect(limit: 1) }
        try await withDoor(responder) { door in
            let client = try RawClient(port: door.port)
            try client.send(Self.head)
            #expect(try client.read().status == 413)
        }
    }

    @Test func `a client that did not wait is not told`() async throws {
        try await withDoor { door in
            let client = try RawClient(port: door.port)
            try client.send(Self.head + "ab")
            #expect(try client.read().status == 200)
        }
    }

    @Test func `HTTP 1.0 is never told`() async throws {
        try await withDoor { door in
            let client = try RawClient(port: door.port)
            try client.send("PUT / HTTP/1.0\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
            try client.send("ab")
            #expect(try client.read().status == 200)
        }
    }

    @Test func `the go-ahead waits for the answers before it`() async throws {
        let replies = Event<@Sendable (WireResponse) -> Void>()
        let responder = TestResponder { request, reply in
            if request.path == "/slow" { replies.happen(reply) } else { reply(.text("done")) }
        }
        try await withDoor(responder) { door in
            let client = try RawClient(port: door.port)
            try client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n" + Self.head)
            try await replies.next(.text("slow"))
            #expect(try client.read().text == "slow")
            #expect(try client.read().status == 100)
            try client.send("ab")
            #expect(try client.read().text == "done")
        }
    }
}
