/// The records that one put gave to one shard, as they stand in the log, little-endian:
///
///     version u8 = 1 · stream u64 · shard u32 · shard second i64 · first counter u64 · arrival i64 · count u32
///     · (key length u16, data length u32) × count · (key, data) × count
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
    private let table: ArraySlice<UInt8>
    private let body: ArraySlice<UInt8>

    /// The log's kind for such frames; other entries of the same log use others.
    package static let kind: UInt8 = 1

    private static let version: UInt8 = 1
    private static let headSize = 1 + 8 + 4 + 8 + 8 + 8 + 4

    /// Takes a payload apart.
    ///
    /// - Returns: nil when it is not one, its lengths do not add up, or it is of a later version.
    package init?(_ payload: ArraySlice<UInt8>) {
        guard payload.count >= Self.headSize, payload.first == Self.version else { return nil }
        let found = payload.withUnsafeBytes { bytes -> (head: Head, count: Int, total: Int)? in
            let head = Head(
                stream: LittleEndian.read(bytes, at: 1, size: 8),
                shardIndex: Int32(truncatingIfNeeded: LittleEndian.read(bytes, at: 9, size: 4)),
                shardCreated: Int64(bitPattern: LittleEndian.read(bytes, at: 13, size: 8)),
                firstCounter: LittleEndian.read(bytes, at: 21, size: 8),
                arrival: Int64(bitPattern: LittleEndian.read(bytes, at: 29, size: 8))
            )
            let count = Int(LittleEndian.read(bytes, at: 37, size: 4))
            guard (bytes.count - Self.headSize) / 6 >= count else { return nil }
            var total = 0
            for start in Swift.stride(from: Self.headSize, to: Self.headSize + 6 * count, by: 6) {
                total += Int(LittleEndian.read(bytes, at: start, size: 2)) + Int(LittleEndian.read(bytes, at: start + 2, size: 4))
            }
            return (head, count, total)
        }
        guard let found, found.total == payload.count - Self.headSize - 6 * found.count else { return nil }
        (stream, shardIndex, shardCreated) = (found.head.stream, found.head.shardIndex, found.head.shardCreated)
        (firstCounter, arrival) = (found.head.firstCounter, found.head.arrival)
        (count, bytes) = (found.count, found.total)
        let tableStart = payload.startIndex + Self.headSize
        table = payload[tableStart..<tableStart + 6 * count]
        body = payload[(tableStart + 6 * count)...]
    }

    private struct Head {
        var stream: UInt64
        var shardIndex: Int32
        var shardCreated: Int64
        var firstCounter: UInt64
        var arrival: Int64
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
    static func append(
        _ entries: [PutEntry],
        _ picks: [Int],
        stream: UInt64,
        shard: Shard,
        firstCounter: UInt64,
        arrival: Int64,
        to log: RecordLog
    ) throws(LogError) -> PendingEntry {
        let size = headSize + picks.reduce(0) { $0 + 6 + entries[$1].size }
        return try log.append(kind: kind, size: size) { bytes in
            bytes.append(version)
            LittleEndian.append(stream, size: 8, to: &bytes)
            LittleEndian.append(UInt64(UInt32(bitPattern: shard.index)), size: 4, to: &bytes)
            LittleEndian.append(UInt64(bitPattern: shard.created), size: 8, to: &bytes)
            LittleEndian.append(firstCounter, size: 8, to: &bytes)
            LittleEndian.append(UInt64(bitPattern: arrival), size: 8, to: &bytes)
            LittleEndian.append(UInt64(picks.count), size: 4, to: &bytes)
            for pick in picks {
                LittleEndian.append(UInt64(entries[pick].partitionKey.count), size: 2, to: &bytes)
                LittleEndian.append(UInt64(entries[pick].data.count), size: 4, to: &bytes)
            }
            for pick in picks {
                bytes.append(contentsOf: entries[pick].partitionKey)
                bytes.append(contentsOf: entries[pick].data)
            }
        }
    }

    private static func lengths(_ table: ArraySlice<UInt8>, at start: Int) -> (key: Int, data: Int) {
        (Int(LittleEndian.read(table, at: start, size: 2)), Int(LittleEndian.read(table, at: start + 2, size: 4)))
    }
}
