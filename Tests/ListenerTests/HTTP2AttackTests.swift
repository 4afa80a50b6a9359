import NIOCore
import NIOHTTP1
import Testing
import Wire

@testable import personalite

/// What hostile HTTP/2 clients do, as bytes: each must cost the listener little and end the connection.
@Suite(.timeLimit(.minutes(1)))
struct HTTP2AttackTests {
    private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + frame(4, flags: 0, stream: 0, [])
    /// `GET / http a` in the static table's indices.
    private static let get: [UInt8] = [0x82, 0x84, 0x86, 0x41, 1, 0x61]

    private static func frame(_ type: UInt8, flags: UInt8, stream: UInt32, _ payload: [UInt8]) -> [UInt8] {
        let length = [16, 8, 0].map { UInt8(truncatingIfNeeded: payload.count >> $0) }
        return length + [type, flags] + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: stream >> UInt32($0)) } + payload
    }

    /// Sends until the listener closes; false when it took everything.
    private static func isCutOff(_ client: RawClient, after bytes: [UInt8]) throws -> Bool {
        do {
            try client.send(preface + bytes)
            return try client.endsWithin(4 << 20)
        } catch is RawClient.Failure {
            return true
        }
    }

    /// The listener must be as well as before.
    private static func check(_ listener: Listener) async throws {
        let client = try await ListenerClient.connect(.http2, listener)
        #expect(try await client.ask(.GET, "/").status == 200)
        client.close()
    }

    @Test func `streams that are opened and reset at once`() async throws {
        try await withEveryListener { listener in
            var bytes: [UInt8] = []
            for number in 0..<2000 {
                let stream = UInt32(number * 2 + 1)
                bytes += Self.frame(1, flags: 5, stream: stream, Self.get) + Self.frame(3, flags: 0, stream: stream, [0, 0, 0, 8])
            }
            #expect(try Self.isCutOff(RawClient(port: listener.port), after: bytes))
            try await Self.check(listener)
        }
    }

    @Test func `a header list that never ends`() async throws {
        try await withEveryListener { listener in
            let bytes = Self.frame(1, flags: 1, stream: 1, Self.get) + (0..<100).flatMap { _ in Self.frame(9, flags: 0, stream: 1, []) }
            #expect(try Self.isCutOff(RawClient(port: listener.port), after: bytes))
            let large =
                Self.frame(1, flags: 1, stream: 1, Self.get)
                + (0..<64).flatMap { _ in Self.frame(9, flags: 0, stream: 1, [UInt8](repeating: 0x82, count: 16_000)) }
            #expect(try Self.isCutOff(RawClient(port: listener.port), after: large))
            try await Self.check(listener)
        }
    }

    /// Literal fields with new names, one of so many bytes each.
    private static func fields(_ count: Int, bytes: Int) -> [UInt8] {
        let length: [UInt8] = bytes < 127 ? [UInt8(bytes)] : [0x7F, UInt8((bytes - 127) % 128 | 0x80), UInt8((bytes - 127) / 128)]
        return (0..<count).flatMap { [0, 6] + Array("x\(10_000 + $0)".utf8) + length + [UInt8](repeating: 0x79, count: bytes) }
    }

    /// What most clients do with a header list that does not go into one frame.
    @Test(arguments: [(1001, 1), (8, 9000), (7, 9000)], [true, false])
    func `a header list over several frames that is too large is answered`(_ list: (count: Int, bytes: Int), acknowledgesFirst: Bool) async throws {
        let (count, bytes) = list
        try await withEveryListener(TestResponder { _, reply in reply(.text("taken")) }) { listener in
            let client = try RawClient(port: listener.port)
            // The server's settings hold before the client has seen them, and its acknowledgement may come whenever it likes.
            let acknowledgement = Self.frame(4, flags: 1, stream: 0, [])
            try client.send(Self.preface + (acknowledgesFirst ? acknowledgement : []))
            let block = Self.get + Self.fields(count, bytes: bytes)
            let pieces = stride(from: 0, to: block.count, by: 16_384).map { Array(block[$0..<min($0 + 16_384, block.count)]) }
            try client.send(Self.frame(1, flags: pieces.count == 1 ? 5 : 1, stream: 1, pieces[0]))
            for (number, piece) in pieces.enumerated().dropFirst() {
                try client.send(Self.frame(9, flags: number == pieces.count - 1 ? 4 : 0, stream: 1, piece))
            }
            let text = count > 1000 ? "The request has too many header lines." : count == 8 ? "The request's header lines are too large." : "taken"
            try client.readPast(Array(text.utf8))
            // The connection goes on.
            if !acknowledgesFirst { for byte in acknowledgement { try client.send([byte]) } }
            try client.send(Self.frame(1, flags: 5, stream: 3, Self.get))
            try client.readPast(Array("taken".utf8))
        }
    }

    @Test(arguments: [(6 as UInt8, 8), (4, 0), (2, 5)])
    func `floods of control frames`(type: UInt8, length: Int) async throws {
        try await withEveryListener { listener in
            let payload = [UInt8](repeating: 0, count: length)
            let stream: UInt32 = type == 2 ? 1 : 0
            let bytes = (0..<5000).flatMap { _ in Self.frame(type, flags: 0, stream: stream, payload) }
            #expect(try Self.isCutOff(RawClient(port: listener.port), after: bytes))
            try await Self.check(listener)
        }
    }

    @Test func `empty pieces of a body without end`() async throws {
        try await withEveryListener { listener in
            let bytes =
                Self.frame(1, flags: 4, stream: 1, [0x83] + Self.get.dropFirst()) + (0..<100).flatMap { _ in Self.frame(0, flags: 0, stream: 1, []) }
            #expect(try Self.isCutOff(RawClient(port: listener.port), after: bytes))
            try await Self.check(listener)
        }
    }

    @Test func `more streams than are allowed at a time`() async throws {
        let asked = Box(0)
        try await withEveryListener(TestResponder { _, _ in asked.change { $0 += 1 } }) {
            $0.limits.concurrentStreams = 10
        } _: { listener in
            let client = try RawClient(port: listener.port)
            // The limit holds once it is acknowledged; whoever then passes it is cut off.
            try client.send(
                Self.preface + Self.frame(4, flags: 1, stream: 0, [])
                    + (0..<50).flatMap { Self.frame(1, flags: 5, stream: UInt32($0 * 2 + 1), Self.get) }
            )
            #expect(try client.endsWithin(1 << 20))
            await Task.yield()
            #expect(asked.value <= 10)
        }
    }

    @Test func `a client that asks for much and reads nothing`() async throws {
        let asked = Box(0)
        let body = [UInt8](repeating: 0x61, count: 4 << 20)
        let responder = TestResponder { request, reply in
            asked.change { $0 += 1 }
            reply(WireResponse(status: 200, body: .bytes(body)))
        }
        try await withEveryListener(responder) { listener in
            let client = try RawClient(port: listener.port)
            try client.send(Self.preface + (0..<80).flatMap { Self.frame(1, flags: 5, stream: UInt32($0 * 2 + 1), Self.get) })
            try client.send(Self.frame(6, flags: 0, stream: 0, Array("12345678".utf8)))
            try client.readPast(Self.frame(6, flags: 1, stream: 0, Array("12345678".utf8)))
            await Task.yield()
            // Sixteen mebibytes may wait for the client, and the answer that passes them.
            #expect((4...6).contains(asked.value))
        }
    }

    @Test func `bytes that are no HTTP/2`() async throws {
        try await withEveryListener { listener in
            let broken = [
                Array("GET / HTTP/1.1\r\n\r\n".utf8), [UInt8](repeating: 0xFF, count: 100), Self.frame(0, flags: 1, stream: 0, [1]),
                Self.frame(8, flags: 0, stream: 0, [0, 0, 0, 0]),
            ]
            for bytes in broken {
                #expect(try Self.isCutOff(RawClient(port: listener.port), after: bytes))
            }
            try await Self.check(listener)
        }
    }
}
