/// What a receiver holds of a record: which delivery of which queue it is. As a token it is base64 of five numbers and two keyed checks.
package struct ReceiptHandle: Hashable, Sendable {
    /// The queue's number, never used for another.
    package var queue: Int64
    package var place: RecordPlace
    package var delivery: Int64
    /// When the record came: after a power cut another may have its place. Epoch milliseconds.
    package var arrival: Int64

    package init(queue: Int64, place: RecordPlace, delivery: Int64, arrival: Int64) {
        self.queue = queue
        self.place = place
        self.delivery = delivery
        self.arrival = arrival
    }

    /// - Parameter key: 32 bytes.
    package func token(key: [UInt8]) -> String {
        var bytes: [UInt8] = []
        for word in words { LittleEndian.append(word, size: 8, to: &bytes) }
        for check in Self.checks(of: bytes[...], key: key) { LittleEndian.append(check, size: 8, to: &bytes) }
        return Base64Text.encode(bytes)
    }

    /// Nil for text that was not made with this key.
    package init?(token: String, key: [UInt8]) {
        guard token.utf8.count <= 128, let bytes = Base64Text.decode(token), bytes.count == Self.wordBytes + 16 else { return nil }
        let given = [LittleEndian.read(bytes.dropFirst(Self.wordBytes).prefix(8)), LittleEndian.read(bytes.suffix(8))]
        let expected = Self.checks(of: bytes.prefix(Self.wordBytes), key: key)
        guard (expected[0] ^ given[0]) | (expected[1] ^ given[1]) == 0 else { return nil }
        let words = stride(from: 0, to: Self.wordBytes, by: 8).map { LittleEndian.read(bytes.dropFirst($0).prefix(8)) }
        queue = Int64(bitPattern: words[0])
        place = RecordPlace(shard: Int32(truncatingIfNeeded: words[1]), counter: words[2])
        delivery = Int64(bitPattern: words[3])
        arrival = Int64(bitPattern: words[4])
    }

    private static let wordBytes = 40

    private var words: [UInt64] {
        [
            UInt64(bitPattern: queue), UInt64(UInt32(bitPattern: place.shard)), place.counter, UInt64(bitPattern: delivery),
            UInt64(bitPattern: arrival),
        ]
    }

    private static func checks(of bytes: ArraySlice<UInt8>, key: [UInt8]) -> [UInt64] {
        precondition(key.count == 32, "the key of handles is 32 bytes")
        let words = stride(from: 0, to: 32, by: 8).map { LittleEndian.read(key[$0..<$0 + 8]) }
        // The halves are taken the other way round than for iterators, so that neither passes for the other.
        return [SipHash.hash(bytes, key: (words[2], words[3])), SipHash.hash(bytes, key: (words[0], words[1]))]
    }
}
