import Synchronization

/// Why the shards stay as they are.
package enum ReshardRefusal: Error, Hashable, Sendable {
    case noSuchShard(Int32)
    /// It was split or merged before.
    case alreadyClosed(Int32)
    /// The new starting key must be above the range's start by more than one, and below its end.
    case keyOutOfRange(HashRange)
    /// The first one does not end right before the second one starts.
    case notAdjacent
}

/// Parents take records until the end of the current second; their children are born in the next one.
extension Stream {
    /// Splits a shard in two at `key`, the first key of the upper child.
    ///
    /// - Parameter now: epoch milliseconds.
    package func split(_ index: Int32, at key: UInt128, now: Int64) throws(ReshardRefusal) {
        try reshape(at: now) { draft throws(ReshardRefusal) in
            let shard = try draft.shard(index)
            guard let ranges = shard.range.split(at: key) else { throw .keyOutOfRange(shard.range) }
            try draft.checkOpen(shard)
            draft.split(shard, into: ranges)
        }
    }

    /// Merges two neighbours, the lower one first.
    ///
    /// - Parameter now: epoch milliseconds.
    package func merge(_ index: Int32, with adjacent: Int32, now: Int64) throws(ReshardRefusal) {
        try reshape(at: now) { draft throws(ReshardRefusal) in
            let lower = try draft.shard(index)
            let upper = try draft.shard(adjacent)
            guard let range = lower.range.joined(with: upper.range) else { throw .notAdjacent }
            try draft.checkOpen(lower)
            try draft.checkOpen(upper)
            draft.merge(lower, upper, into: range)
        }
    }

    /// Brings the number of open shards to `target`; whether that is allowed is the caller's affair.
    ///
    /// - Parameter now: epoch milliseconds.
    package func scale(to target: Int, now: Int64) {
        precondition(target > 0, "a stream has at least one shard")
        try? reshape(at: now) { draft throws(ReshardRefusal) in draft.scale(to: target) }
    }

    /// Ends the shards that were closed, though the second in which they still take records may not be over: for a clock that stands still, by
    /// which it never is. Their children take the records from now on.
    package func endClosedShards() {
        for shard in currentLayout.shards { shard.end() }
    }

    func reshape(at now: Int64, _ change: (inout ReshardDraft) throws(ReshardRefusal) -> Void) throws(ReshardRefusal) {
        let woken = try layout.withLock { layout throws(ReshardRefusal) in
            var draft = ReshardDraft(layout: layout, second: now / 1000, limits: limits, memory: memory)
            try change(&draft)
            layout = draft.layout
            return draft.woken
        }
        for waiter in woken { waiter.body() }
    }
}

/// A layout being changed, a copy of the stream's own. Refusals come before the first change of a shard, so a refused change leaves no trace.
struct ReshardDraft {
    var layout: StreamLayout
    let second: Int64
    let limits: ThroughputLimits?
    let memory: RecordMemory
    var woken: [Shard.ReadWaiter] = []

    func shard(_ index: Int32) throws(ReshardRefusal) -> Shard {
        guard let shard = layout.shard(index) else { throw .noSuchShard(index) }
        return shard
    }

    func checkOpen(_ shard: Shard) throws(ReshardRefusal) {
        guard shard.closeSecond == nil else { throw .alreadyClosed(shard.index) }
    }

    mutating func split(_ shard: Shard, into ranges: (lower: HashRange, upper: HashRange)) {
        let last = max(second, shard.created)
        close([shard], at: last)
        replace([shard], with: [ranges.lower, ranges.upper], parent: shard.index, adjacent: nil, created: last + 1)
    }

    mutating func merge(_ lower: Shard, _ upper: Shard, into range: HashRange) {
        let last = max(second, lower.created, upper.created)
        close([lower, upper], at: last)
        replace([lower, upper], with: [range], parent: lower.index, adjacent: upper.index, created: last + 1)
    }

    private mutating func close(_ shards: [Shard], at last: Int64) {
        for shard in shards { woken += shard.close(at: last) }
    }

    private mutating func replace(_ old: [Shard], with ranges: [HashRange], parent: Int32, adjacent: Int32?, created: Int64) {
        let first = layout.leaves.partitioningIndex { $0.range.start >= old[0].range.start }
        let born = ranges.enumerated().map { offset, range in
            Shard(
                index: layout.nextIndex + Int32(offset),
                range: range,
                created: created,
                parent: parent,
                adjacentParent: adjacent,
                limits: limits,
                memory: memory
            )
        }
        layout.nextIndex += Int32(born.count)
        layout.shards += born
        layout.leaves.replaceSubrange(first..<first + old.count, with: born)
    }
}
