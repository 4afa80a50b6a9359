/// The records that one put gave to one shard, as they stand in the log, little-endian:
///
///     version u8 = 1 · stream u64 · shard u32 · shard second i64 · first counter u64 · arrival i64 · count u32
///     · (key length u16, data length u32) × count · (key, data) × count
///
/// Those of an encrypted stream are sealed. What a start has to know of them is not hidden, and bound to the rest:
///
///     version u8 = 2 · the same up to the count · bytes of keys and data u32 · key u32 · salt 16 · sequence u64
///     · sealed: (key length u16, data length u32) × count · (key, data) × count · tag 16
package struct StreamRecordFrame: Sendable {
    /// The caller's number for the stream.
    package let stream: UInt64
    package let shardIndex: Int32
    package let shardCreated: Int64
    package let firstCounter: UInt64
    /// Epoch milliseconds.
    package let arrival: Int64
    package let count: Int
    /// Of partition keys and data together.
    let bytes: Int
    /// Both are empty while the frame is sealed.
    private let table: ArraySlice<UInt8>
    private let body: ArraySlice<UInt8>
    private let sealed: Sealed?

    /// What is in a sealed frame: of its bytes the head, the text and the tag.
    private struct Sealed: Sendable {
        var seal: RecordSeal
        var head: ArraySlice<UInt8>
        var text: ArraySlice<UInt8>
        var tag: ArraySlice<UInt8>
    }

    /// The log's kind for such frames; other entries of the same log use others.
    package static let kind: UInt8 = 1

    private static let version: UInt8 = 1
    private static let sealedVersion: UInt8 = 2
    private static let headSize = 1 + 8 + 4 + 8 + 8 + 8 + 4
    private static let sealedHeadSize = headSize + 4 + RecordSeal.size

    /// Takes a payload apart.
    ///
    /// - Returns: nil when it is not one, its lengths do not add up, or it is of a later version.
    package init?(_ payload: ArraySlice<UInt8>) {
        guard payload.count >= Self.headSize else { return nil }
        switch payload.first {
        case Self.version: self.init(plain: payload)
        case Self.sealedVersion: self.init(sealed: payload)
        default: return nil
        }
    }

    private init?(plain payload: ArraySlice<UInt8>) {
        let found = payload.withUnsafeBytes { bytes -> (head: Head, total: Int)? in
            let head = Head(bytes)
            guard (bytes.count - Self.headSize) / 6 >= head.count else { return nil }
            return (head, Self.total(UnsafeRawBufferPointer(rebasing: bytes[Self.headSize..<Self.headSize + 6 * head.count])))
        }
        guard let found, found.total == payload.count - Self.headSize - 6 * found.head.count else { return nil }
        let tableStart = payload.startIndex + Self.headSize
        let bodyStart = tableStart + 6 * found.head.count
        self.init(found.head, bytes: found.total, table: payload[tableStart..<bodyStart], body: payload[bodyStart...], sealed: nil)
    }

    private init?(sealed payload: ArraySlice<UInt8>) {
        guard payload.count >= Self.sealedHeadSize + RecordSeal.tagSize else { return nil }
        let head = payload.withUnsafeBytes { Head($0) }
        let (start, bytes) = (payload.startIndex, Int(LittleEndian.read(payload, at: payload.startIndex + Self.headSize, size: 4)))
        let size = 6 * head.count + bytes
        guard payload.count == Self.sealedHeadSize + size + RecordSeal.tagSize else { return nil }
        let text = start + Self.sealedHeadSize
        let sealed = Sealed(
            seal: RecordSeal(payload[(text - RecordSeal.size)..<text]),
            head: payload[start..<text],
            text: payload[text..<text + size],
            tag: payload[(text + size)...]
        )
        self.init(head, bytes: bytes, table: [], body: [], sealed: sealed)
    }

    private init(_ head: Head, bytes: Int, table: ArraySlice<UInt8>, body: ArraySlice<UInt8>, sealed: Sealed?) {
        (stream, shardIndex, shardCreated) = (head.stream, head.shardIndex, head.shardCreated)
        (firstCounter, arrival, count) = (head.firstCounter, head.arrival, head.count)
        self.bytes = bytes
        self.table = table
        self.body = body
        self.sealed = sealed
    }

    /// The lengths of a table added up.
    private static func total(_ table: UnsafeRawBufferPointer) -> Int {
        Swift.stride(from: 0, to: table.count - 5, by: 6).reduce(0) { total, start in
            total + Int(LittleEndian.read(table, at: start, size: 2)) + Int(LittleEndian.read(table, at: start + 2, size: 4))
        }
    }

    /// The frame with its records, when it was sealed.
    ///
    /// - Returns: nil when it is not as it was sealed, or nobody can open it.
    package func opened(by opener: @autoclosure () -> (any RecordOpener)?) -> StreamRecordFrame? {
        guard let sealed else { return self }
        guard let opener = opener() else { return nil }
        var text = Array(sealed.text)
        let isOpen = text.withUnsafeMutableBytes { text in
            sealed.head.withUnsafeBytes { opener.open(text, tag: Array(sealed.tag), by: sealed.seal, of: stream, head: $0) }
        }
        let total = text.withUnsafeBytes { Self.total(UnsafeRawBufferPointer(rebasing: $0[..<(6 * count)])) }
        guard isOpen, total == bytes else { return nil }
        let head = Head(
            stream: stream,
            shardIndex: shardIndex,
            shardCreated: shardCreated,
            firstCounter: firstCounter,
            arrival: arrival,
            count: count
        )
        return StreamRecordFrame(head, bytes: bytes, table: text[..<(6 * count)], body: text[(6 * count)...], sealed: nil)
    }

    private struct Head {
        var stream: UInt64
        var shardIndex: Int32
        var shardCreated: Int64
        var firstCounter: UInt64
        var arrival: Int64
        var count: Int

        /// - Parameter bytes: at least `headSize` of them.
        init(_ bytes: UnsafeRawBufferPointer) {
            stream = LittleEndian.read(bytes, at: 1, size: 8)
            shardIndex = Int32(truncatingIfNeeded: LittleEndian.read(bytes, at: 9, size: 4))
            shardCreated = Int64(bitPattern: LittleEndian.read(bytes, at: 13, size: 8))
            firstCounter = LittleEndian.read(bytes, at: 21, size: 8)
            arrival = Int64(bitPattern: LittleEndian.read(bytes, at: 29, size: 8))
            count = Int(LittleEndian.read(bytes, at: 37, size: 4))
        }

        init(stream: UInt64, shardIndex: Int32, shardCreated: Int64, firstCounter: UInt64, arrival: Int64, count: Int) {
            (self.stream, self.shardIndex, self.shardCreated) = (stream, shardIndex, shardCreated)
            (self.firstCounter, self.arrival, self.count) = (firstCounter, arrival, count)
        }

        func append(version: UInt8, to bytes: inout [UInt8]) {
            bytes.append(version)
            LittleEndian.append(stream, size: 8, to: &bytes)
            LittleEndian.append(UInt64(UInt32(bitPattern: shardIndex)), size: 4, to: &bytes)
            LittleEndian.append(UInt64(bitPattern: shardCreated), size: 8, to: &bytes)
            LittleEndian.append(firstCounter, size: 8, to: &bytes)
            LittleEndian.append(UInt64(bitPattern: arrival), size: 8, to: &bytes)
            LittleEndian.append(UInt64(count), size: 4, to: &bytes)
        }
    }

    func forEach(_ body: (_ key: ArraySlice<UInt8>, _ data: ArraySlice<UInt8>) -> Void) {
        var offset = self.body.startIndex
        for start in Swift.stride(from: table.startIndex, to: table.endIndex, by: 6) {
            let (key, data) = Self.lengths(table, at: start)
            body(self.body[offset..<offset + key], self.body[offset + key..<offset + key + data])
            offset += key + data
        }
    }

    /// Appends the frame of the picked entries to the log.
    /// - Parameter sealer: of an encrypted stream; nil keeps the records as they are.
    static func append(
        _ entries: [PutEntry],
        _ picks: [Int],
        stream: UInt64,
        shard: Shard,
        firstCounter: UInt64,
        arrival: Int64,
        sealer: (any RecordSealer)?,
        to log: RecordLog
    ) throws(LogError) -> PendingEntry {
        let head = Head(
            stream: stream,
            shardIndex: shard.index,
            shardCreated: shard.created,
            firstCounter: firstCounter,
            arrival: arrival,
            count: picks.count
        )
        if let sealer { return try log.append(kind: kind, payload: sealed(entries, picks, head, by: sealer)) }
        let size = headSize + picks.reduce(0) { $0 + 6 + entries[$1].size }
        return try log.append(kind: kind, size: size) { bytes in
            head.append(version: version, to: &bytes)
            append(entries, picks, to: &bytes)
        }
    }

    private static func append(_ entries: [PutEntry], _ picks: [Int], to bytes: inout [UInt8]) {
        for pick in picks {
            LittleEndian.append(UInt64(entries[pick].partitionKey.count), size: 2, to: &bytes)
            LittleEndian.append(UInt64(entries[pick].data.count), size: 4, to: &bytes)
        }
        for pick in picks {
            bytes.append(contentsOf: entries[pick].partitionKey)
            bytes.append(contentsOf: entries[pick].data)
        }
    }

    /// The payload of a sealed frame, in memory of its own: the log's buffer never has the records as they are.
    private static func sealed(_ entries: [PutEntry], _ picks: [Int], _ head: Head, by sealer: any RecordSealer) throws(LogError) -> [UInt8] {
        let total = picks.reduce(0) { $0 + entries[$1].size }
        let size = 6 * picks.count + total
        var bytes: [UInt8] = []
        bytes.reserveCapacity(sealedHeadSize + size + RecordSeal.tagSize)
        head.append(version: sealedVersion, to: &bytes)
        LittleEndian.append(UInt64(total), size: 4, to: &bytes)
        let seal = sealer.nextSeal()
        seal.append(to: &bytes)
        append(entries, picks, to: &bytes)
        bytes += [UInt8](repeating: 0, count: RecordSeal.tagSize)
        let isSealed = bytes.withUnsafeMutableBytes { bytes in
            let text = UnsafeMutableRawBufferPointer(rebasing: bytes[sealedHeadSize..<sealedHeadSize + size])
            let tag = UnsafeMutableRawBufferPointer(rebasing: bytes[(sealedHeadSize + size)...])
            return sealer.seal(text, tag: tag, by: seal, head: UnsafeRawBufferPointer(rebasing: bytes[..<sealedHeadSize]))
        }
        guard isSealed else { throw .notSealed }
        return bytes
    }

    private static func lengths(_ table: ArraySlice<UInt8>, at start: Int) -> (key: Int, data: Int) {
        (Int(LittleEndian.read(table, at: start, size: 2)), Int(LittleEndian.read(table, at: start + 2, size: 4)))
    }
}
