import Synchronization

/// Consecutive records of one shard: their chunk while memory has it, and what is known of them when only the log does.
struct RecordBlock: Sendable {
    let firstCounter: UInt64
    private(set) var endCounter: UInt64
    private(set) var firstArrival: Int64
    private(set) var lastArrival: Int64
    /// Nil when the records are in the log alone.
    private(set) var chunk: RecordChunk?
    /// Bytes of memory that the chunk takes, took, or will take.
    private(set) var capacity: Int
    /// The log's entries that hold the records, in order; the first and the last may hold records of neighbours too.
    private(set) var frames: [FramePosition] = []
    /// The log segments that hold the records.
    private(set) var segments: [UInt64] = []
    /// True once the log has refused a record that has its position here: what was given out is known from this memory only.
    private var isPinned = false

    /// More records than this begin a new block, whatever capacity is left: what is known of each takes memory too.
    private static let maximumRecords: UInt64 = 32_768
    /// More bytes than this begin a new block, unless one record has them.
    static let fullSize = 1 << 20

    static func hasCapacity(bytes: Int, records: UInt64) -> Bool {
        bytes <= fullSize && records <= maximumRecords
    }

    init(capacity: Int, firstCounter: UInt64, arrival: Int64, memory: RecordMemory) {
        self.firstCounter = firstCounter
        self.capacity = capacity
        endCounter = firstCounter
        firstArrival = arrival
        lastArrival = arrival
        chunk = RecordChunk(capacity: capacity, firstCounter: firstCounter, memory: memory)
    }

    /// Records that are in the log alone.
    /// - Parameters:
    ///   - first: the counter of the first of them that counts; those of the block that are below it are somewhere else.
    ///   - arrival: no record counts as having come earlier.
    init(_ block: StreamRecordSummary.Block, of segment: UInt64, from first: UInt64, notBefore arrival: Int64) {
        firstCounter = first
        capacity = block.bytes
        endCounter = block.endCounter
        firstArrival = max(arrival, block.firstArrival)
        lastArrival = max(arrival, block.lastArrival)
        frames = block.offsets.map { FramePosition(segment: UInt32(truncatingIfNeeded: segment), offset: $0) }
        segments = [segment]
    }

    /// Takes in the records behind these, which are in the log alone as well, if both together make no more than a block.
    mutating func absorb(_ next: RecordBlock) -> Bool {
        guard chunk == nil, next.chunk == nil, next.firstCounter == endCounter,
            Self.hasCapacity(bytes: capacity + next.capacity, records: next.endCounter - firstCounter)
        else { return false }
        endCounter = next.endCounter
        lastArrival = next.lastArrival
        capacity += next.capacity
        frames += next.frames
        segments += next.segments.filter { $0 != segments.last }
        return true
    }

    /// Whether a record with this counter, and of so many bytes, can go on here.
    func takes(_ counter: UInt64, size: Int) -> Bool {
        guard let chunk, endCounter == counter, endCounter - firstCounter < Self.maximumRecords else { return false }
        return chunk.hasCapacity(for: size)
    }

    /// Copies one record in; `takes` has said yes.
    mutating func append(key: ArraySlice<UInt8>, data: ArraySlice<UInt8>, arrival: Int64, at position: LogPosition) {
        guard let chunk else { preconditionFailure("a record goes where there is memory") }
        chunk.append(key: key, data: data, arrival: arrival)
        endCounter += 1
        lastArrival = arrival
        // Segments are counted from 1; a log that keeps nothing has none.
        guard position.segment > 0 else { return }
        let frame = FramePosition(position)
        if frames.last != frame { frames.append(frame) }
        if segments.last != position.segment { segments.append(position.segment) }
    }

    mutating func kill(_ counters: Range<UInt64>) {
        chunk?.kill(counters)
        isPinned = true
    }

    /// Whether its memory can be given up: its records are all decided, and the log has them.
    func isEvictable(below visibleEnd: UInt64) -> Bool {
        chunk != nil && !isPinned && endCounter <= visibleEnd && !frames.isEmpty
    }

    mutating func evict() {
        chunk = nil
        // Capacity for records that will not come any more.
        frames = Array(frames)
    }

    /// The records, read from the log where memory does not have them. Those whose log entry is damaged are dead, and the log reports it.
    /// - Throws: `damaged` when the log has other records than it had.
    func loaded(by index: Int32, _ log: RecordLog, _ memory: RecordMemory) throws(LogError) -> RecordChunk {
        if let chunk { return chunk }
        let chunk = RecordChunk(capacity: capacity, firstCounter: firstCounter, memory: memory)
        var arrival = firstArrival
        var isDamaged = false
        var next = frames.startIndex
        try log.read(frames) { payload in
            defer { next += 1 }
            guard let payload else {
                isDamaged = true
                return
            }
            guard let stored = StreamRecordFrame(payload), stored.shardIndex == index else { return }
            guard let frame = stored.opened(by: log.opener) else {
                log.noteDamage(frames[next])
                isDamaged = true
                return
            }
            var counter = frame.firstCounter
            // What should stand before it was in a damaged entry.
            if isDamaged, counter < endCounter { chunk.appendDead(before: counter, arrival: arrival) }
            arrival = max(arrival, frame.arrival)
            frame.forEach { key, data in
                defer { counter += 1 }
                guard counter == chunk.endCounter, counter < endCounter, chunk.hasCapacity(for: key.count + data.count) else { return }
                chunk.append(key: key, data: data, arrival: arrival)
            }
        }
        if isDamaged { chunk.appendDead(before: endCounter, arrival: arrival) }
        guard chunk.endCounter == endCounter else {
            throw .damaged(segment: frames.first.map { UInt64($0.segment) } ?? 0, offset: frames.first.map { UInt64($0.offset) } ?? 0)
        }
        return chunk
    }
}

/// The position of a log entry in eight bytes, for there may be one for each record.
package struct FramePosition: Hashable, Sendable {
    package let segment: UInt32
    package let offset: UInt32

    package init(segment: UInt32, offset: UInt32) {
        self.segment = segment
        self.offset = offset
    }

    package init(_ position: LogPosition) {
        segment = UInt32(position.segment)
        offset = UInt32(position.offset)
    }
}

extension Shard {
    /// A block whose memory could be given up.
    struct Resident: Sendable {
        let firstCounter: UInt64
        let lastArrival: Int64
    }

    /// - Parameter evenAlone: also those that only memory has.
    func resident(evenAlone: Bool) -> [Resident] {
        state.withLock { state in
            state.blocks.filter { evenAlone ? $0.endCounter <= state.visibleEnd : $0.isEvictable(below: state.visibleEnd) }
                .map { Resident(firstCounter: $0.firstCounter, lastArrival: $0.lastArrival) }
        }
    }

    /// Gives up the memory of a block, unless it has changed since.
    func evict(_ block: Resident) {
        state.withLock { state in
            state.reloaded = nil
            guard let index = state.blocks.firstIndex(where: { $0.firstCounter == block.firstCounter }),
                state.blocks[index].isEvictable(below: state.visibleEnd)
            else { return }
            state.blocks[index].evict()
        }
    }

    /// Forgets a block and those before it, as if their records had expired.
    ///
    /// - Returns: the records that are gone.
    func forget(through block: Resident) -> UInt64 {
        state.withLock { state in
            let gone = state.blocks.prefix { $0.firstCounter <= block.firstCounter && $0.endCounter <= state.visibleEnd }
            let count = gone.reduce(0) { $0 + $1.endCounter - $1.firstCounter }
            state.blocks.removeFirst(gone.count)
            return count
        }
    }
}

extension Shard.State {
    /// The records of a block. The last one that was read from the log stays, for readers come back for the rest of it.
    mutating func chunk(at index: Int, _ source: RecordSource) throws(LogError) -> RecordChunk {
        let block = blocks[index]
        if let chunk = block.chunk { return chunk }
        if let reloaded, reloaded.firstCounter == block.firstCounter { return reloaded }
        let chunk = try block.loaded(by: source.shard, source.log, source.memory)
        reloaded = chunk
        return chunk
    }
}

/// Where a shard's records are read back from.
struct RecordSource {
    let shard: Int32
    let log: RecordLog
    let memory: RecordMemory
}
