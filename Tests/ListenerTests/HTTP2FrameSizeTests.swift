import NIOCore
import Testing
import Wire

@testable import personalite

/// What RFC 9113 asks of prefaces (§3.4) and of the sizes of frames (§4.2), as h2spec asks it in its cases 3.5 and 4.2.
@Suite(.timeLimit(.minutes(1)))
struct HTTP2FrameSizeTests {
    private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + frame(4, flags: 0, stream: 0, [])
    private static let settings: UInt8 = 4
    private static let goAway: UInt8 = 7

    private static func frame(_ type: UInt8, flags: UInt8, stream: UInt8, _ payload: [UInt8]) -> [UInt8] {
        [16, 8, 0].map { UInt8(truncatingIfNeeded: payload.count >> $0) } + [type, flags, 0, 0, 0, stream] + payload
    }

    /// `POST / http a`, or GET, in the static table's indices, and fields of 4000 bytes each.
    private static func head(_ method: UInt8, fields: Int = 0) -> [UInt8] {
        [method, 0x84, 0x86, 0x41, 1, 0x61]
            + (0..<fields).flatMap { [0, 2, 0x78, 0x30 + UInt8($0), 0x7F, 0xA1, 0x1E] + [UInt8](repeating: 0x79, count: 4000) }
    }

    private static let post: UInt8 = 0x83
    private static let get: UInt8 = 0x82

    /// Every frame up to the close: its type and its payload.
    private static func frames(_ client: RawClient) throws -> [(type: UInt8, payload: [UInt8])] {
        var rest = ArraySlice(try client.readBytes())
        var frames: [(UInt8, [UInt8])] = []
        while rest.count >= 9 {
            let start = rest.startIndex
            let count = Int(rest[start]) << 16 | Int(rest[start + 1]) << 8 | Int(rest[start + 2])
            frames.append((rest[start + 3], Array(rest.dropFirst(9).prefix(count))))
            rest = rest.dropFirst(9 + count)
        }
        return frames
    }

    private static func error(of payload: [UInt8]?) -> [UInt8]? { payload.map { Array($0.dropFirst(4).prefix(4)) } }

    @Test(arguments: ["INVALID CONNECTION PREFACE\r\n\r\n", "PRI * SMTP/2.0\r\n\r\nSM\r\n\r\n", "a b c d\r\n"])
    func `a broken preface is answered in frames and the connection closed`(bytes: String) async throws {
        try await withEveryListener { listener in
            let client = try RawClient(port: listener.port)
            try client.send(bytes)
            let frames = try Self.frames(client)
            #expect(frames.map(\.type) == [Self.settings, Self.goAway])
            #expect(Self.error(of: frames.last?.payload) == [0, 0, 0, 1])
            let words = String(decoding: frames.last?.payload.dropFirst(8) ?? [], as: UTF8.self)
            #expect(words.contains("preface"))
        }
    }

    @Test func `after a request of HTTP/1 it is answered in HTTP/1`() async throws {
        try await withEveryListener { listener in
            let client = try RawClient(port: listener.port)
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\nINVALID CONNECTION PREFACE\r\n\r\n")
            #expect(try client.read().status == 200)
            #expect(try client.read().status == 400)
            #expect(try client.isClosed())
        }
    }

    @Test func `a frame of as many bytes as the settings allow is taken, the first on its connection too`() async throws {
        try await withEveryListener { listener in
            let client = try RawClient(port: listener.port)
            try client.send(Self.preface + Self.frame(1, flags: 4, stream: 1, Self.head(Self.post)))
            try client.send(Self.frame(0, flags: 1, stream: 1, [UInt8](repeating: 0x71, count: 1 << 14)))
            try client.readPast(Array("POST / qqqq".utf8))
        }
    }

    @Test(arguments: [true, false])
    func `a larger one ends the connection with FRAME_SIZE_ERROR`(isData: Bool) async throws {
        try await withEveryListener { listener in
            let client = try RawClient(port: listener.port)
            let large =
                isData
                ? Self.frame(1, flags: 4, stream: 1, Self.head(Self.post))
                    + Self.frame(0, flags: 1, stream: 1, [UInt8](repeating: 0x71, count: 1 << 14 + 1))
                : Self.frame(1, flags: 5, stream: 1, Self.head(Self.get, fields: 5))
            try client.send(Self.preface + large)
            let frames = try Self.frames(client)
            #expect(Self.error(of: frames.last { $0.type == Self.goAway }?.payload) == [0, 0, 0, 6])
        }
    }

    @Test func `what the settings allow goes into the window that a connection begins with`() async throws {
        try await withEveryListener { listener in
            let client = try RawClient(port: listener.port)
            try client.send(Self.preface)
            client.closeOutput()
            let settings = try #require(Self.frames(client).first { $0.type == Self.settings }?.payload)
            let start = try #require(stride(from: 0, to: settings.count, by: 6).first { settings[$0 + 1] == 5 })
            let largest: Int = settings[(start + 2)..<(start + 6)].reduce(0) { sum, byte in sum * 256 + Int(byte) }
            #expect(largest <= 65_535)
        }
    }
}
