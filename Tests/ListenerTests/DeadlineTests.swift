import NIOCore
import Testing
import Wire

@testable import personalite

/// Each waits for the listener to act; none waits for time to pass.
struct DeadlineTests {
    private static let short = TimeAmount.milliseconds(30)

    @Test func `a client that never says what it speaks is let go`() async throws {
        try await withListener {
            $0.deadlines.sniff = Self.short
        } _: { listener in
            #expect(try RawClient(port: listener.port).isClosed())
            let half = try RawClient(port: listener.port)
            try half.send("PRI * HT")
            #expect(try half.isClosed())
        }
    }

    @Test func `half a head is answered 408 and closed`() async throws {
        try await withListener {
            $0.deadlines.head = Self.short
        } _: { listener in
            for half in ["G", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: a\r\nX: y"] {
                let client = try RawClient(port: listener.port)
                try client.send(half)
                #expect(try client.read().status == 408)
                #expect(try client.isClosed())
            }
            let second = try RawClient(port: listener.port)
            try second.send("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET ")
            #expect(try second.read().status == 200)
            #expect(try second.read().status == 408)
        }
    }

    @Test func `a body that stops is answered 408 and closed, and its upload given up`() async throws {
        let sink = RecordingSink()
        var responder = TestResponder.echo
        responder.admitting = { $0.path == "/up" ? .stream(sink) : .collect(limit: 100) }
        try await withListener(responder) {
            $0.deadlines.body = Self.short
        } _: { listener in
            for path in ["/", "/up"] {
                for rest in ["Content-Length: 10\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2"] {
                    let client = try RawClient(port: listener.port)
                    try client.send("PUT \(path) HTTP/1.1\r\nHost: a\r\n\(rest)")
                    #expect(try client.read().status == 408)
                    #expect(try client.isClosed())
                    if path == "/up" { #expect(try await sink.ended.next == .abandoned) }
                }
            }
        }
    }

    @Test func `an idle connection is closed without a word`() async throws {
        try await withListener {
            $0.deadlines.idle = Self.short
        } _: { listener in
            let client = try RawClient(port: listener.port)
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.read().status == 200)
            #expect(try client.isClosed())
        }
    }

    @Test func `a connection whose answer is being made is not idle`() async throws {
        let replies = Event<@Sendable (WireResponse) -> Void>()
        try await withListener(TestResponder { _, reply in replies.happen(reply) }) {
            $0.deadlines.idle = .milliseconds(1)
            $0.deadlines.head = .milliseconds(1)
            $0.deadlines.body = .milliseconds(1)
        } _: { listener in
            let client = try RawClient(port: listener.port)
            try client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
            let reply = try await replies.next
            // Another connection lives and dies by the same deadlines meanwhile.
            let other = try RawClient(port: listener.port)
            try other.send("GET")
            #expect(try other.readAll().hasPrefix("HTTP/1.1 408 "))
            reply(.text("slow"))
            #expect(try client.read().text == "slow")
        }
    }

    @Test func `a client that does not take its answer is let go`() async throws {
        let answered = Event<Void>()
        let closed = Event<Void>()
        let large = [UInt8](repeating: 0x61, count: 64 * 1024 * 1024)
        let responder = TestResponder { _, reply in
            reply(WireResponse(status: 200, body: .bytes(large)))
            answered.happen(())
        }
        try await withListener(responder) {
            $0.deadlines.write = Self.short
        } _: { listener in
            let client = try RawClient(port: listener.port)
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            try await answered.next
            listener.whenEmpty { closed.happen(()) }
            try await closed.next
        }
    }

    @Test func `after a refusal the client has a moment and no more`() async throws {
        try await withListener {
            $0.deadlines.linger = Self.short
        } _: { listener in
            let client = try RawClient(port: listener.port)
            try client.send("nonsense\r\n")
            #expect(try client.read().status == 400)
            let closed = Event<Void>()
            listener.whenEmpty { closed.happen(()) }
            try await closed.next
        }
    }
}
