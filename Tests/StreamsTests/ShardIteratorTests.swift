import Testing

@testable import Streams

@Suite struct ShardIteratorTests {
    private let key = [UInt8](0..<32)
    private let iterator = ShardIterator(
        stream: "arn:aws:kinesis:us-east-1:000000000000:stream/my-stream",
        position: ShardPosition(shardIndex: 7, shardCreated: 1_700_000_000, counter: 99),
        issued: 1_700_000_123_456,
        serial: 3
    )

    @Test func `a token brings back what it was made from`() throws {
        let token = iterator.token(key: key)
        #expect(try ShardIterator(token: token, key: key, now: iterator.issued) == iterator)
        #expect(try ShardIterator(token: "\"\(token)\"", key: key, now: iterator.issued) == iterator)
        #expect(token.hasPrefix("AAAAAAAAAAE"))
    }

    @Test func `the longest stream name stays within 512 characters`() throws {
        let long = ShardIterator(stream: String(repeating: "n", count: 255), position: iterator.position, issued: 1)
        let token = long.token(key: key)
        #expect(token.utf8.count <= 512)
        #expect(try ShardIterator(token: token, key: key, now: 2) == long)
    }

    @Test func `a token lives for five minutes and not a millisecond more`() throws {
        let token = iterator.token(key: key)
        _ = try ShardIterator(token: token, key: key, now: iterator.issued + 300_000)
        #expect(throws: ShardIterator.Refusal.expired(issued: iterator.issued)) {
            try ShardIterator(token: token, key: key, now: iterator.issued + 300_001)
        }
        #expect(throws: ShardIterator.Refusal.invalid) { try ShardIterator(token: token, key: key, now: iterator.issued - 1) }
    }

    @Test func `no single changed character passes`() {
        let token = Array(iterator.token(key: key).utf8)
        for index in token.indices {
            for replacement in [UInt8(ascii: "A"), UInt8(ascii: "z"), UInt8(ascii: "/"), UInt8(ascii: "=")] where token[index] != replacement {
                var bad = token
                bad[index] = replacement
                #expect(throws: ShardIterator.Refusal.invalid) {
                    try ShardIterator(token: String(decoding: bad, as: UTF8.self), key: key, now: iterator.issued)
                }
            }
        }
    }

    @Test("garbage is refused", arguments: ["", "\"", "\"\"", "AAAA", "not base64!", String(repeating: "A", count: 512), "AAAAAAAAAAE="])
    func garbage(text: String) {
        #expect(throws: ShardIterator.Refusal.invalid) { try ShardIterator(token: text, key: key, now: 0) }
    }

    @Test func `a token of another key is refused`() {
        let other = [UInt8](1...32)
        #expect(throws: ShardIterator.Refusal.invalid) {
            try ShardIterator(token: iterator.token(key: other), key: key, now: iterator.issued)
        }
    }

    @Test func `the next iterator is never the same text, even in the same millisecond`() {
        let next = iterator.next(at: iterator.position.counter, now: iterator.issued)
        #expect(next.token(key: key) != iterator.token(key: key))
        #expect(next.position == iterator.position)
    }

    @Test func `SipHash gives the values of its authors`() {
        // Key 00 01 … 0f, message 00 01 … n−1: the first, ninth and last of the published vectors.
        let words = (LittleEndian.read([0, 1, 2, 3, 4, 5, 6, 7]), LittleEndian.read([8, 9, 10, 11, 12, 13, 14, 15]))
        #expect(SipHash.hash([], key: words) == 0x726f_db47_dd0e_0e31)
        #expect(SipHash.hash(ArraySlice(0..<8), key: words) == 0x93f5_f579_9a93_2462)
        #expect(SipHash.hash(ArraySlice(0..<15), key: words) == 0xa129_ca61_49be_45e5)
    }

    @Test func `base64 is strict`() {
        for count in 0..<20 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 37) }
            #expect(Base64Text.decode(Base64Text.encode(bytes)) == bytes)
        }
        #expect(Base64Text.encode(Array("light w".utf8)) == "bGlnaHQgdw==")
        for bad in ["bGlnaHQgdw=", "bGlnaHQgdx==", "bGln=HQgdw==", "bGlnaHQgd===", "\u{e9}\u{e9}"] {
            #expect(Base64Text.decode(bad) == nil, "\(bad)")
        }
    }
}
