import NIOCore
import Testing
import Wire

@testable import personalite

struct ShutdownTests {
    private static let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test func `clients without business are let go at once`() async throws {
        try await withListener {
            $0.deadlines.grace = .hours(1)
        } _: { listener in
            let silent = try RawClient(port: listener.port)
            let half = try RawClient(port: listener.port)
            try half.send("GET / HT")
            let kept = try RawClient(port: listener.port)
            try kept.send(Self.get)
            #expect(try kept.read().status == 200)
            try await listener.close().get()
            #expect(try silent.isClosed())
            #expect(try half.isClosed())
            #expect(try kept.isClosed())
            #expect(throws: RawClient.Failure.self) { try RawClient(port: listener.port) }
        }
    }

    @Test func `answers under way are finished, and say that they are the last`() async throws {
        let replies = Event<@Sendable (WireResponse) -> Void>()
        try await withListener(TestResponder { _, reply in replies.happen(reply) }) {
            $0.deadlines.grace = .hours(1)
        } _: { listener in
            let client = try RawClient(port: listener.port)
            try client.send(Self.get)
            let reply = try await replies.next
            let closing = listener.close()
            reply(.text("last"))
            let answer = try client.read()
            #expect(answer.text == "last")
            #expect(try client.isClosed())
            try await closing.get()
        }
    }

    @Test func `an upload under way is finished`() async throws {
        let sink = RecordingSink()
        var responder = TestResponder.echo
        responder.admitting = { _ in .stream(sink) }
        try await withListener(responder) {
            $0.deadlines.grace = .hours(1)
        } _: { listener in
            let client = try RawClient(port: listener.port)
            try client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab")
            try await sink.started.next
            let closing = listener.close()
            try client.send("cd")
            let answer = try client.read()
            #expect(answer.text == "4")
            #expect(try client.isClosed())
            try await closing.get()
        }
    }

    @Test func `what is not finished within the grace is cut off`() async throws {
        let started = Event<Void>()
        try await withListener(TestResponder { _, _ in started.happen(()) }) {
            $0.deadlines.grace = .milliseconds(20)
        } _: { listener in
            let client = try RawClient(port: listener.port)
            try client.send(Self.get)
            try await started.next
            try await listener.close().get()
            #expect(try client.isClosed())
        }
    }
}

struct SnifferTests {
    @Test(
        "the protocol is recognised from the first bytes, and from no fewer than it takes",
        arguments: [
            SentBytes("nothing", "", nil),
            SentBytes("a TLS handshake", "\u{16}", .tls),
            SentBytes("the start of the HTTP/2 preface", "PRI * HTTP/2.", nil),
            SentBytes("the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .http2),
            SentBytes("the start of PUT or PRI", "P", nil),
            SentBytes("PUT", "PU", .http1),
            SentBytes("PRINT", "PRINT", .http1),
            SentBytes("GET", "G", .http1),
        ] as [SentBytes<Spoken?>]
    )
    func decides(sent: SentBytes<Spoken?>) {
        #expect(ProtocolSniffer.decide(ByteBuffer(string: sent.bytes).readableBytesView) == sent.outcome)
    }

    @Test func `TLS is closed by a listener that has no certificate`() async throws {
        try await withListener { listener in
            let client = try RawClient(port: listener.port)
            try client.send("\u{16}\u{3}\u{1}\u{2}")
            #expect(try client.isClosed())
        }
    }

    @Test func `an undecided client that stops sending is closed`() async throws {
        try await withListener { listener in
            let client = try RawClient(port: listener.port)
            try client.send("P")
            client.closeOutput()
            #expect(try client.isClosed())
        }
    }
}
