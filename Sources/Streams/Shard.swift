import Synchronization

/// One shard: a range of hash keys and the records that fell into it, in the order they came.
///
/// Lock order is stream layout, shard, log; what is called back is called with none of them held.
final class Shard: Sendable {
    let index: Int32
    let range: HashRange
    /// The epoch second that stands in its sequence numbers.
    let created: Int64
    let parent: Int32?
    let adjacentParent: Int32?
    let memory: RecordMemory
    let state: Mutex<State>

    struct State: Sendable {
        /// Oldest first; counters inside a block are dense, between blocks there may be gaps.
        var blocks: [RecordBlock] = []
        /// The records of the block that was last read back from the log.
        var reloaded: RecordChunk?
        /// The counter of the next record.
        var nextCounter: UInt64 = 1
        /// From a snapshot: counters below it were given out once, though their records are gone.
        var counterFloor: UInt64 = 1
        /// Records from here on are not committed yet, and nobody sees them.
        var visibleEnd: UInt64 = 1
        var pending: [Pending] = []
        var lastArrival: Int64
        /// The last second in which records are taken; nil while open.
        var closeSecond: Int64?
        /// True once an answer has said that the shard has ended: nothing is taken after that, whatever the clock says.
        var isSealed = false
        var waiters: [ReadWaiter] = []
        var nextWaiter: UInt64 = 1
        var buckets: ShardBuckets?
    }

    /// Records whose commit is awaited.
    struct Pending: Sendable {
        var range: Range<UInt64>
        var isDecided = false
    }

    struct ReadWaiter: Sendable {
        let id: UInt64
        let body: @Sendable () -> Void
    }

    init(
        index: Int32,
        range: HashRange,
        created: Int64,
        parent: Int32? = nil,
        adjacentParent: Int32? = nil,
        limits: ThroughputLimits?,
        memory: RecordMemory,
        closeSecond: Int64? = nil,
        counterFloor: UInt64 = 1
    ) {
        self.index = index
        self.range = range
        self.created = created
        self.parent = parent
        self.adjacentParent = adjacentParent
        self.memory = memory
        var state = State(lastArrival: created * 1000)
        state.closeSecond = closeSecond
        state.counterFloor = counterFloor
        state.buckets = limits.map { ShardBuckets($0) }
        self.state = Mutex(state)
    }

    /// The last second in which records are taken; nil while open.
    var closeSecond: Int64? {
        state.withLock { $0.closeSecond }
    }

    /// Marks the end. Records may still come until `second` is over.
    ///
    /// - Returns: those who wait for records, to be called when no lock is held.
    func close(at second: Int64) -> [ReadWaiter] {
        state.withLock { state in
            precondition(state.closeSecond == nil, "a shard closes once")
            state.closeSecond = second
            return state.takeWaiters()
        }
    }

    /// Takes no more records from now on, if it was closed.
    func end() {
        let woken = state.withLock { state -> [ReadWaiter] in
            guard state.closeSecond != nil, !state.isSealed else { return [] }
            state.isSealed = true
            return state.takeWaiters()
        }
        for waiter in woken { waiter.body() }
    }

    /// Wakes all who wait, for there is something new to see.
    func wake() {
        for waiter in state.withLock({ $0.takeWaiters() }) { waiter.body() }
    }
}

extension Shard.State {
    /// A new shard's first chunk is small, for most shards of most streams stay nearly empty.
    private static let firstChunkSize = 32 << 10

    mutating func takeWaiters() -> [Shard.ReadWaiter] {
        defer { waiters = [] }
        return waiters
    }

    /// True, and remembered, when the shard takes no more records at this second.
    mutating func hasEnded(at second: Int64) -> Bool {
        guard let closeSecond else { return false }
        if second > closeSecond { isSealed = true }
        return isSealed
    }

    /// Copies a record in under the next counter.
    mutating func store(key: ArraySlice<UInt8>, data: ArraySlice<UInt8>, arrival: Int64, at position: LogPosition, _ memory: RecordMemory) {
        let size = key.count + data.count
        if blocks.last?.takes(nextCounter, size: size) != true {
            let usual = blocks.last.map { min(max($0.capacity, Self.firstChunkSize) * 4, RecordBlock.fullSize) } ?? Self.firstChunkSize
            blocks.append(RecordBlock(capacity: max(usual, size), firstCounter: nextCounter, arrival: arrival, memory: memory))
        }
        blocks[blocks.endIndex - 1].append(key: key, data: data, arrival: arrival, at: position)
        nextCounter += 1
        lastArrival = arrival
    }

    /// The index of the first block that has a record with `counter` or above.
    func blockIndex(from counter: UInt64) -> Int {
        blocks.partitioningIndex { $0.endCounter > counter }
    }

    /// The counter of the first record that arrived at `time` or later; `nextCounter` when there is none.
    mutating func counter(arrivedSince time: Int64, _ source: RecordSource) throws(LogError) -> UInt64 {
        let index = blocks.partitioningIndex { $0.lastArrival >= time }
        guard index < blocks.endIndex else { return nextCounter }
        if blocks[index].firstArrival >= time { return blocks[index].firstCounter }
        let entries = try chunk(at: index, source).entries
        return blocks[index].firstCounter + UInt64(entries.partitioningIndex { $0.arrival >= time })
    }

    /// The record with this counter, if it is here.
    mutating func entry(_ counter: UInt64, _ source: RecordSource) throws(LogError) -> RecordEntry? {
        let index = blockIndex(from: counter)
        guard index < blocks.endIndex, counter >= blocks[index].firstCounter else { return nil }
        return try chunk(at: index, source).entries[Int(counter - blocks[index].firstCounter)]
    }
}

extension RandomAccessCollection where Index == Int {
    /// The first index whose element satisfies `isBehind`, which holds for a tail of the collection and nothing before it.
    func partitioningIndex(where isBehind: (Element) -> Bool) -> Int {
        var low = startIndex
        var high = endIndex
        while low < high {
            let middle = low + (high - low) / 2
            if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
