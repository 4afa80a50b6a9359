/// The stream records of one log segment without their bytes: which counters of which shards it holds, when they came, and where they are.
///
/// As bytes, little-endian, one block after the other:
///
///     stream u64 · shard u32 · shard second i64 · first counter u64 · end counter u64 · first arrival i64 · last arrival i64
///     · bytes of keys and data u32 · entries u32 · offset u32 × entries
package struct StreamRecordSummary: LogSummary {
    /// Consecutive records of one shard.
    package struct Block: Sendable, Equatable {
        /// The caller's number for the stream.
        package var stream: UInt64
        var shardIndex: Int32
        var shardCreated: Int64
        var firstCounter: UInt64
        var endCounter: UInt64
        /// Epoch milliseconds, as they stand in the entries.
        var firstArrival: Int64
        var lastArrival: Int64
        var bytes: Int
        /// Of the log entries that hold the records, in the segment.
        var offsets: [UInt32]
    }

    package static let kind = LogSummaryKind(kind: StreamRecordFrame.kind, version: 1) { StreamRecordSummary() }

    private struct Key: Hashable {
        var stream: UInt64
        var shard: Int32
        var created: Int64
    }

    private static let headSize = 8 + 4 + 8 + 8 + 8 + 8 + 8 + 4 + 4

    private var blocks: [Block] = []
    /// The block of each shard that may go on, as an index.
    private var open: [Key: Int] = [:]
    /// The same for a few shards, by their number: hashing takes longer than all else.
    private var recent = [(key: Key, block: Int)?](repeating: nil, count: 64)

    package init() {}

    package mutating func add(_ payload: ArraySlice<UInt8>, at offset: UInt32) {
        // What is no frame of ours holds nothing that could be given back.
        guard let frame = StreamRecordFrame(payload), frame.count > 0 else { return }
        let key = Key(stream: frame.stream, shard: frame.shardIndex, created: frame.shardCreated)
        let slot = Int(UInt32(bitPattern: frame.shardIndex) & 63)
        let known = recent[slot].flatMap { $0.key == key ? $0.block : nil } ?? open[key]
        let (count, bytes) = (UInt64(frame.count), frame.bytes)
        if let index = known, blocks[index].endCounter == frame.firstCounter,
            RecordBlock.hasCapacity(bytes: blocks[index].bytes + bytes, records: blocks[index].endCounter - blocks[index].firstCounter + count)
        {
            blocks[index].endCounter += count
            blocks[index].bytes += bytes
            blocks[index].lastArrival = max(blocks[index].lastArrival, frame.arrival)
            blocks[index].offsets.append(offset)
            return
        }
        // A counter that would end beyond all numbers was never given out.
        guard frame.firstCounter <= .max - count else { return }
        open[key] = blocks.count
        recent[slot] = (key, blocks.count)
        blocks.append(
            Block(
                stream: frame.stream,
                shardIndex: frame.shardIndex,
                shardCreated: frame.shardCreated,
                firstCounter: frame.firstCounter,
                endCounter: frame.firstCounter + count,
                firstArrival: frame.arrival,
                lastArrival: frame.arrival,
                bytes: bytes,
                offsets: [offset]
            )
        )
    }

    package func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(blocks.reduce(0) { $0 + Self.headSize + 4 * $1.offsets.count })
        for block in blocks {
            LittleEndian.append(block.stream, size: 8, to: &bytes)
            LittleEndian.append(UInt64(UInt32(bitPattern: block.shardIndex)), size: 4, to: &bytes)
            LittleEndian.append(UInt64(bitPattern: block.shardCreated), size: 8, to: &bytes)
            LittleEndian.append(block.firstCounter, size: 8, to: &bytes)
            LittleEndian.append(block.endCounter, size: 8, to: &bytes)
            LittleEndian.append(UInt64(bitPattern: block.firstArrival), size: 8, to: &bytes)
            LittleEndian.append(UInt64(bitPattern: block.lastArrival), size: 8, to: &bytes)
            LittleEndian.append(UInt64(block.bytes), size: 4, to: &bytes)
            LittleEndian.append(UInt64(block.offsets.count), size: 4, to: &bytes)
            for offset in block.offsets { LittleEndian.append(UInt64(offset), size: 4, to: &bytes) }
        }
        return bytes
    }

    /// - Parameter bytes: what `encoded` gave; whatever is behind the last whole block is left out.
    package static func forEachBlock(_ bytes: ArraySlice<UInt8>, _ body: (Block) -> Void) {
        var start = bytes.startIndex
        while bytes.endIndex - start >= headSize {
            func read(_ offset: Int, _ size: Int) -> UInt64 { LittleEndian.read(bytes, at: start + offset, size: size) }
            let end = start + headSize + 4 * Int(read(56, 4))
            guard end <= bytes.endIndex else { return }
            body(
                Block(
                    stream: read(0, 8),
                    shardIndex: Int32(truncatingIfNeeded: read(8, 4)),
                    shardCreated: Int64(bitPattern: read(12, 8)),
                    firstCounter: read(20, 8),
                    endCounter: read(28, 8),
                    firstArrival: Int64(bitPattern: read(36, 8)),
                    lastArrival: Int64(bitPattern: read(44, 8)),
                    bytes: Int(read(52, 4)),
                    offsets: EntryOffsets.offsets(bytes[start + headSize..<end])
                )
            )
            start = end
        }
    }
}
