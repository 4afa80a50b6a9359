/// Where reading goes on: the counter of the next record wanted, in a shard of a certain birth.
package struct ShardPosition: Hashable, Sendable {
    package var shardIndex: Int32
    /// The epoch second the shard was created in: it tells the shards of a re-created stream apart.
    package var shardCreated: Int64
    /// The lowest counter wanted; 0 stands for the oldest record there is.
    package var counter: UInt64

    package init(shardIndex: Int32, shardCreated: Int64, counter: UInt64) {
        self.shardIndex = shardIndex
        self.shardCreated = shardCreated
        self.counter = counter
    }
}

/// What a client holds between two reads: a position, the stream, and when it was made.
///
/// As a token it is base64 of `00 00 00 00 00 00 00 01`, the fields, and two keyed checks of eight bytes; never over 512 characters.
package struct ShardIterator: Hashable, Sendable {
    /// The caller's name for the stream (its ARN will do); up to 255 bytes.
    package var stream: String
    package var position: ShardPosition
    /// Epoch milliseconds.
    package var issued: Int64
    /// Grows from one iterator to the next, so that none equals the one before it.
    package var serial: UInt32

    /// Milliseconds that an iterator can be used for.
    package static let lifetime: Int64 = 300_000

    /// Why a token is refused.
    package enum Refusal: Error, Hashable, Sendable {
        /// It was not made with this key, or it comes from the future.
        case invalid
        /// It was made at `issued` (epoch milliseconds), too long ago.
        case expired(issued: Int64)
    }

    package init(stream: String, position: ShardPosition, issued: Int64, serial: UInt32 = 0) {
        precondition(stream.utf8.count <= 255, "an iterator names its stream in 255 bytes")
        self.stream = stream
        self.position = position
        self.issued = issued
        self.serial = serial
    }

    /// The iterator to hand out after a read that ended before `counter`.
    package func next(at counter: UInt64, now: Int64) -> ShardIterator {
        var next = self
        next.position.counter = counter
        next.issued = now
        next.serial &+= 1
        return next
    }

    /// - Parameter key: 32 bytes.
    package func token(key: [UInt8]) -> String {
        var bytes: [UInt8] = Self.lead
        bytes.append(UInt8(stream.utf8.count))
        bytes.append(contentsOf: stream.utf8)
        for word in [UInt64(UInt32(bitPattern: position.shardIndex)), UInt64(bitPattern: position.shardCreated), position.counter] {
            LittleEndian.append(word, size: 8, to: &bytes)
        }
        LittleEndian.append(UInt64(bitPattern: issued), size: 8, to: &bytes)
        LittleEndian.append(UInt64(serial), size: 8, to: &bytes)
        for check in Self.checks(of: bytes[...], key: key) { LittleEndian.append(check, size: 8, to: &bytes) }
        return Base64Text.encode(bytes)
    }

    /// Reads a token back; double quotes around it are forgiven, as the service does.
    ///
    /// - Parameters:
    ///   - key: the 32 bytes it was made with.
    ///   - now: epoch milliseconds.
    package init(token: String, key: [UInt8], now: Int64) throws(Refusal) {
        var text = token
        if text.utf8.count >= 2, text.utf8.first == UInt8(ascii: "\""), text.utf8.last == UInt8(ascii: "\"") {
            text = String(text.dropFirst().dropLast())
        }
        guard text.utf8.count <= 512, let bytes = Base64Text.decode(text), bytes.count > Self.lead.count + 16 else { throw .invalid }
        let body = bytes.dropLast(16)
        let expected = Self.checks(of: body, key: key)
        let given = [LittleEndian.read(bytes.suffix(16).prefix(8)), LittleEndian.read(bytes.suffix(8))]
        // Both words are compared before the answer, so that it takes the same time wherever they differ.
        guard (expected[0] ^ given[0]) | (expected[1] ^ given[1]) == 0, body.starts(with: Self.lead) else { throw .invalid }

        let length = Int(body[Self.lead.count])
        let name = body.dropFirst(Self.lead.count + 1).prefix(length)
        var words = body.dropFirst(Self.lead.count + 1 + length)
        guard words.count == 40, let stream = String(validating: name, as: UTF8.self) else { throw .invalid }
        func word() -> UInt64 {
            defer { words = words.dropFirst(8) }
            return LittleEndian.read(words.prefix(8))
        }
        self.stream = stream
        position = ShardPosition(
            shardIndex: Int32(truncatingIfNeeded: word()),
            shardCreated: Int64(bitPattern: word()),
            counter: word()
        )
        issued = Int64(bitPattern: word())
        serial = UInt32(truncatingIfNeeded: word())
        if issued > now { throw .invalid }
        if now - issued > Self.lifetime { throw .expired(issued: issued) }
    }

    private static let lead: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 1]

    /// Two hashes under two halves of the key make a check of 128 bits.
    private static func checks(of bytes: ArraySlice<UInt8>, key: [UInt8]) -> [UInt64] {
        precondition(key.count == 32, "the iterator key is 32 bytes")
        let words = stride(from: 0, to: 32, by: 8).map { LittleEndian.read(key[$0..<$0 + 8]) }
        return [SipHash.hash(bytes, key: (words[0], words[1])), SipHash.hash(bytes, key: (words[2], words[3]))]
    }
}
