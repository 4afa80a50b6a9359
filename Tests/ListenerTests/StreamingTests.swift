import NIOCore
import Synchronization
import Testing
import Wire

@testable import personalite

/// A body that a test feeds piece by piece.
final class FedStream: ResponseStream {
    private struct State {
        var pieces: [StreamPiece] = []
        var wake: (@Sendable () -> Void)?
        var asked = 0
    }

    private let state = Mutex(State())
    let closed = Event<Void>()

    func feed(_ pieces: StreamPiece...) {
        let wake = state.withLock { state in
            state.pieces += pieces
            return state.wake
        }
        wake?()
    }

    /// How many pieces were taken.
    var taken: Int { state.withLock { $0.asked } }

    func next(isEnding: Bool, _ wake: @escaping @Sendable () -> Void) -> StreamPiece {
        state.withLock { state in
            state.wake = wake
            if isEnding { return .last(Array("bye".utf8)) }
            guard !state.pieces.isEmpty else { return .pending(milliseconds: 3_600_000) }
            state.asked += 1
            return state.pieces.removeFirst()
        }
    }

    func close() {
        closed.happen(())
    }
}

struct StreamingTests {
    private static let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

    private static func responder(_ stream: FedStream) -> TestResponder {
        TestResponder { request, reply in
            reply(request.path == "/" ? WireResponse(status: 200, body: .stream(stream)) : .text(request.path))
        }
    }

    private static func bytes(_ text: String) -> StreamPiece { .bytes(Array(text.utf8)) }

    @Test func `pieces are sent as chunks the moment they come, and the next answer waits for the last`() async throws {
        let stream = FedStream()
        try await withListener(Self.responder(stream)) { listener in
            let client = try RawClient(port: listener.port)
            try client.send(Self.get + "GET /next HTTP/1.1\r\nHost: a\r\n\r\n")
            let head = try client.read(toHead: true)
            #expect(head.status == 200)
            #expect(head["transfer-encoding"] == "chunked")
            #expect(head["content-length"] == nil)
            stream.feed(Self.bytes("one"))
            #expect(try client.readText(8) == "3\r\none\r\n")
            stream.feed(Self.bytes("twenty bytes of text"), .last([]))
            #expect(try client.readText(31) == "14\r\ntwenty bytes of text\r\n0\r\n\r\n")
            try await stream.closed.next
            #expect(try client.read().text == "/next")
        }
    }

    @Test func `what knows no chunks gets bytes, and the end of the connection`() async throws {
        let stream = FedStream()
        try await withListener(Self.responder(stream)) { listener in
            let client = try RawClient(port: listener.port)
            try client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            let head = try client.read(toHead: true)
            #expect(head["transfer-encoding"] == nil)
            #expect(head["connection"] == "close")
            stream.feed(Self.bytes("one"), .last(Array("two".utf8)))
            #expect(try client.readText(6) == "onetwo")
            #expect(try client.isClosed())
        }
    }

    @Test func `an answer to HEAD has no body, and the stream is let go`() async throws {
        let stream = FedStream()
        try await withListener(Self.responder(stream)) { listener in
            let client = try RawClient(port: listener.port)
            try client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET /next HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.read(toHead: true).status == 200)
            try await stream.closed.next
            #expect(try client.read().text == "/next")
        }
    }

    @Test func `a client that does not read is not sent more than its buffers take`() async throws {
        let stream = FedStream()
        let piece = StreamPiece.bytes([UInt8](repeating: 0x61, count: 1 << 20))
        try await withListener(Self.responder(stream)) { listener in
            let client = try RawClient(port: listener.port, receiveBuffer: 64 * 1024)
            try client.send(Self.get)
            #expect(try client.read(toHead: true).status == 200)
            for _ in 0..<64 { stream.feed(piece) }
            stream.feed(.last([]))
            // A second connection is answered by the same loops: whatever could be sent to the first one has been.
            for _ in 0..<50 {
                let other = try RawClient(port: listener.port)
                try other.send("GET /other HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try other.read().text == "/other")
            }
            #expect(stream.taken < 16)
            let chunk = 6 + 2 + (1 << 20) + 2
            #expect(try client.count(64 * chunk + 5) == 64 * chunk + 5)
            #expect(stream.taken == 65)
            try await stream.closed.next
        }
    }

    @Test func `a client that does not read for too long is let go`() async throws {
        let stream = FedStream()
        try await withListener(Self.responder(stream)) {
            $0.deadlines.write = .milliseconds(50)
        } _: { listener in
            let client = try RawClient(port: listener.port, receiveBuffer: 64 * 1024)
            try client.send(Self.get)
            #expect(try client.read(toHead: true).status == 200)
            for _ in 0..<64 { stream.feed(.bytes([UInt8](repeating: 0x61, count: 1 << 20))) }
            try await stream.closed.next
        }
    }

    @Test(arguments: [true, false])
    func `a client that goes away ends its stream`(politely: Bool) async throws {
        let stream = FedStream()
        try await withListener(Self.responder(stream)) { listener in
            var client: RawClient? = try RawClient(port: listener.port)
            try client?.send(Self.get)
            #expect(try client?.read(toHead: true).status == 200)
            if politely { client?.closeOutput() } else { client = nil }
            try await stream.closed.next
        }
    }

    @Test func `a silent stream is no idle connection`() async throws {
        let stream = FedStream()
        try await withListener(Self.responder(stream)) {
            $0.deadlines.idle = .milliseconds(10)
        } _: { listener in
            let client = try RawClient(port: listener.port)
            try client.send(Self.get)
            #expect(try client.read(toHead: true).status == 200)
            let idle = try RawClient(port: listener.port)
            try idle.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try idle.read().text == "/x")
            #expect(try idle.isClosed())
            stream.feed(Self.bytes("one"))
            #expect(try client.readText(8) == "3\r\none\r\n")
        }
    }

    @Test func `shutting the listener ends streams`() async throws {
        let stream = FedStream()
        try await withListener(Self.responder(stream)) {
            $0.deadlines.grace = .hours(1)
        } _: { listener in
            let client = try RawClient(port: listener.port)
            try client.send(Self.get)
            #expect(try client.read(toHead: true).status == 200)
            let closing = listener.close()
            #expect(try client.readText(13) == "3\r\nbye\r\n0\r\n\r\n")
            #expect(try client.isClosed())
            try await closing.get()
            try await stream.closed.next
        }
    }

    @Test func `a stream for a client that has gone is closed unsent`() async throws {
        let stream = FedStream()
        let replies = Event<@Sendable (WireResponse) -> Void>()
        try await withListener(TestResponder { _, reply in replies.happen(reply) }) { listener in
            var client: RawClient? = try RawClient(port: listener.port)
            try client?.send(Self.get)
            let reply = try await replies.next
            client?.reset()
            client = nil
            let gone = Event<Void>()
            listener.whenEmpty { gone.happen(()) }
            try await gone.next
            reply(WireResponse(status: 200, body: .stream(stream)))
            try await stream.closed.next
        }
    }
}
