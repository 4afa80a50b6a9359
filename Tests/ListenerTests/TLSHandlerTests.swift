import CLibSSL
import NIOCore
import NIOEmbedded
import Testing

@testable import personalite

struct TLSHandlerTests {
    private static func pair(protocols: [String] = [], version: Int32? = nil) throws -> TLSPair {
        try TLSPair(client: TLSContext.client(trusting: testIdentity.certificate(), protocols: protocols, version: version).connect())
    }

    @Test(
        "both versions are spoken, and the client's best protocol is agreed on",
        arguments: [
            (TLS1_2_VERSION, "TLSv1.2", ["h2", "http/1.1"], "h2"),
            (TLS1_3_VERSION, "TLSv1.3", ["http/1.1", "h2"], "h2"),
            (TLS1_3_VERSION, "TLSv1.3", ["http/1.1"], "http/1.1"),
            (TLS1_3_VERSION, "TLSv1.3", ["spdy/3", "h"], nil),
            (TLS1_2_VERSION, "TLSv1.2", [], nil),
        ] as [(Int32, String, [String], String?)]
    )
    func agreements(version: Int32, name: String, offered: [String], agreed: String?) throws {
        let pair = try Self.pair(protocols: offered, version: version)
        try pair.exchange()
        #expect(pair.client.isReady)
        #expect(pair.client.version == name)
        #expect(pair.client.agreedProtocol == agreed)
        try pair.send(Array("question".utf8))
        #expect(pair.receiver.bytes == Array("question".utf8))
        pair.channel.writeAndFlush(ByteBuffer(string: "answer"), promise: nil)
        try pair.exchange()
        #expect(String(buffer: pair.answered) == "answer")
    }

    @Test func `an older version is refused with an alert that says so`() throws {
        let pair = try Self.pair(version: TLS1_1_VERSION)
        let fault = #expect(throws: TLSFault.self) { try pair.exchange() }
        #expect(fault?.description.contains("alert protocol version") == true)
        #expect(pair.receiver.faults.count == 1)
        #expect(!pair.channel.isActive)
    }

    @Test func `a client that does not trust the server is let go`() throws {
        let other = try SelfSignedCertificate(now: 1_800_000_000)
        let pair = try TLSPair(client: TLSContext.client(trusting: other.certificate).connect())
        #expect(throws: TLSFault.self) { try pair.exchange() }
        // Now the client's alert goes its way.
        try pair.exchange()
        #expect(pair.receiver.faults.first?.contains("alert") == true)
        #expect(!pair.channel.isActive)
    }

    @Test(arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
    func `a close_notify is the end of input, once, and the answer is still sent`(version: Int32) throws {
        let pair = try Self.pair(version: version)
        try pair.exchange()
        try pair.send(Array("question".utf8))
        pair.client.end()
        _ = try pair.step { [$0] }
        #expect(pair.receiver.ends == 1)
        #expect(pair.channel.isActive)
        pair.closeClient()
        #expect(pair.receiver.ends == 1)
        pair.channel.writeAndFlush(ByteBuffer(string: "answer"), promise: nil)
        pair.channel.close(mode: .output, promise: nil)
        try pair.exchange()
        #expect(String(buffer: pair.answered) == "answer")
        #expect(pair.client.isEnded)
        #expect(pair.receiver.faults == [])
    }

    @Test(arguments: [CloseMode.output, .all])
    func `what was flushed is sent before our close_notify, and nothing after it`(mode: CloseMode) throws {
        let pair = try Self.pair()
        try pair.exchange()
        pair.channel.writeAndFlush(ByteBuffer(string: "last"), promise: nil)
        let unflushed = pair.channel.write(ByteBuffer(string: "never"))
        pair.channel.close(mode: mode, promise: nil)
        try pair.exchange()
        #expect(String(buffer: pair.answered) == "last")
        #expect(pair.client.isEnded)
        #expect(throws: (any Error).self) { try unflushed.wait() }
        #expect(throws: (any Error).self) { try pair.channel.writeAndFlush(ByteBuffer(string: "late")).wait() }
        if mode == .all { #expect(!pair.channel.isActive) }
    }

    @Test func `an end without a close_notify is a fault, and so is one within the handshake`() throws {
        let pair = try Self.pair()
        try pair.exchange()
        pair.closeClient()
        #expect(pair.receiver.faults == [TLSFault.truncated.description])
        #expect(!pair.channel.isActive)
        let early = try Self.pair()
        early.closeClient()
        #expect(early.receiver.faults == [TLSFault.truncated.description])
        #expect(!early.channel.isActive)
    }

    @Test func `what is written before the handshake is done is sent after it, in order`() throws {
        let pair = try Self.pair()
        let first = pair.channel.writeAndFlush(ByteBuffer(string: "one "))
        let second = pair.channel.writeAndFlush(ByteBuffer(string: "two"))
        try pair.exchange()
        #expect(String(buffer: pair.answered) == "one two")
        try first.and(second).map { _ in }.wait()
    }

    @Test func `megabytes pass whole, both ways`() throws {
        let pair = try Self.pair()
        try pair.exchange()
        let bytes = (0..<3_000_001).map { UInt8(truncatingIfNeeded: $0 % 251) }
        try pair.send(bytes)
        #expect(pair.receiver.bytes == bytes)
        pair.channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
        try pair.exchange()
        #expect(Array(buffer: pair.answered) == bytes)
    }

    @Test func `certificates behind the first are sent along, and a key that is another's or locked is refused`() throws {
        let made = try (SelfSignedCertificate(now: 1_800_000_000), SelfSignedCertificate(now: 1_800_000_000))
        let context = try TLSContext(certificate: made.0.certificate + made.1.certificate, key: made.0.key)
        var chain: OpaquePointer?
        SSL_CTX_ctrl(context.context, SSL_CTRL_GET_CHAIN_CERTS, 0, &chain)
        #expect(OPENSSL_sk_num(chain) == 1)
        #expect(throws: TLSFault.self) { try TLSContext(certificate: made.0.certificate, key: made.1.key) }
        #expect(throws: TLSFault.self) { try TLSContext(certificate: made.0.key, key: made.0.key) }
        let locked = """
            -----BEGIN ENCRYPTED PRIVATE KEY-----
            MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgS7qdXa86yUQICCAAw
            DAYIKoZIhvcNAgkFADAdBglghkgBZQMEAQIEECiKxhrm+eveT2rECtpbKnkEgZBM
            Gz/pJJy4VQzk8HFXl/+R+QSAIe3nA5eECeqw2fT4i/1ysDO29DotZaExGbAzSfGs
            Y9w+EDmtVNykyH25550E0sEtq29bafjw9dgV1qE+JsIvHcYXL9kgB3owpwmKHKZ2
            ZPKvWdfEL6f1fVywIxF7CH3OSKRGgWgrWi5hNllifHmA0pdkQW5OUZmA3dNwaO8=
            -----END ENCRYPTED PRIVATE KEY-----
            """
        #expect(throws: TLSFault.self) { try TLSContext(certificate: made.0.certificate, key: locked) }
    }
}

/// What a network, or whoever sits in it, does to a connection's bytes.
struct TLSFuzzTests {
    private enum Damage: CaseIterable {
        case none, flippedByte, truncation, insertion, repetition
    }

    @Test(arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
    func `however its bytes are cut or damaged, the handler gives out a beginning of what was sent, and closes`(version: Int32) throws {
        let context = try TLSContext.client(trusting: testIdentity.certificate(), version: version)
        var random = SeededBytes(state: UInt64(version))
        for round in 0..<200 {
            let message = (0..<Int.random(in: 1..<20_000, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            let damage = Damage.allCases[round % Damage.allCases.count]
            let damagedAt = Int.random(in: 0..<(round % 2 == 0 ? 800 : message.count), using: &random)
            let pair = try TLSPair(client: context.connect())
            var carried = 0
            var isCut = false
            var isSent = false
            do {
                while true {
                    if pair.client.isReady, !isSent {
                        isSent = true
                        var sent = ByteBuffer()
                        try pair.client.write(ByteBuffer(bytes: message), into: &sent)
                        pair.client.end()
                        pair.client.takeOutput(into: &sent)
                        for piece in Self.carry(sent, damage, at: damagedAt, carried: &carried, isCut: &isCut, using: &random)
                        where pair.channel.isActive {
                            try pair.channel.writeInbound(piece)
                        }
                    }
                    let isMoved = try pair.step { Self.carry($0, damage, at: damagedAt, carried: &carried, isCut: &isCut, using: &random) }
                    if !isMoved, isSent || !pair.client.isReady { break }
                }
            } catch is TLSFault {
                // The client has had enough of it.
            }
            pair.closeClient()
            if pair.receiver.ends > 0 { pair.channel.close(promise: nil) }
            pair.channel.embeddedEventLoop.run()
            #expect(!pair.channel.isActive, "\(damage) at \(damagedAt), round \(round)")
            #expect(message.starts(with: pair.receiver.bytes), "\(damage) at \(damagedAt), round \(round)")
            #expect(pair.receiver.ends + pair.receiver.faults.count == 1, "\(damage) at \(damagedAt), round \(round)")
            if pair.receiver.ends == 1 || damage == .none { #expect(pair.receiver.bytes == message, "\(damage) at \(damagedAt), round \(round)") }
            if damage == .none { #expect(pair.receiver.faults == []) }
        }
    }

    @Test func `bytes that are no TLS at all close the connection`() throws {
        let context = try TLSContext.client(trusting: testIdentity.certificate())
        var random = SeededBytes(state: 3)
        for round in 0..<200 {
            let pair = try TLSPair(client: context.connect())
            let start: [UInt8] = round % 2 == 0 ? [0x16, 3, 1] : []
            let noise = (0..<Int.random(in: 1..<2000, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            try pair.channel.writeInbound(ByteBuffer(bytes: start + noise))
            pair.closeClient()
            #expect(!pair.channel.isActive)
            #expect(pair.receiver.bytes == [])
            #expect(pair.receiver.faults.count == 1)
        }
    }

    /// The bytes in pieces of random size, with the damage where it is due.
    private static func carry(
        _ bytes: ByteBuffer,
        _ damage: Damage,
        at damagedAt: Int,
        carried: inout Int,
        isCut: inout Bool,
        using random: inout SeededBytes
    ) -> [ByteBuffer] {
        guard !isCut else { return [] }
        var bytes = Array(buffer: bytes)
        let offset = damagedAt - carried
        carried += bytes.count
        if bytes.indices.contains(offset) {
            switch damage {
            case .none: break
            case .flippedByte: bytes[offset] ^= UInt8(1) << UInt8.random(in: 0..<8, using: &random)
            case .truncation:
                bytes.removeSubrange(offset...)
                isCut = true
            case .insertion: bytes.insert(UInt8.random(in: 0...255, using: &random), at: offset)
            case .repetition: bytes.insert(contentsOf: bytes[offset...].prefix(Int.random(in: 1...300, using: &random)), at: offset)
            }
        }
        var pieces: [ByteBuffer] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(Int.random(in: 1...1500, using: &random))
            pieces.append(ByteBuffer(bytes: piece))
            rest = rest.dropFirst(piece.count)
        }
        return pieces
    }
}
