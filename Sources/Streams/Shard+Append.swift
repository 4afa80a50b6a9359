import Synchronization

extension Shard {
    enum Appended: ~Copyable {
        /// The shard takes no more records; its children take those behind this second.
        case ended(second: Int64)
        case failed(LogError)
        /// The picks that were taken got consecutive counters from `first`; the rest were throttled. No entry when all were.
        case taken(picks: [Int], first: UInt64, arrival: Int64, entry: PendingEntry?)
    }

    /// Appends the picked entries: to the log first, then to memory. Nobody sees a record that the log does not have.
    ///
    /// The log is written under the shard's lock, so that both have the same order and a failure leaves no hole.
    ///
    /// - Parameters:
    ///   - now: epoch milliseconds.
    ///   - sealer: of an encrypted stream.
    func append(
        _ entries: [PutEntry],
        _ picks: [Int],
        at now: Int64,
        stream: UInt64,
        sealer: (any RecordSealer)?,
        to log: RecordLog
    ) -> Appended {
        var woken: [ReadWaiter] = []
        let result = state.withLock { state -> Appended in
            if state.hasEnded(at: now / 1000), let second = state.closeSecond {
                woken = state.takeWaiters()
                return .ended(second: second)
            }
            let taken = state.throttle(entries, picks, at: now)
            // Arrivals never go back, so that they can be searched; and never before the shard's birth.
            let arrival = max(now, state.lastArrival)
            let first = max(state.nextCounter, state.counterFloor)
            if taken.isEmpty {
                state.nextCounter = first
                if log.isImmediate { state.visibleEnd = first }
                return .taken(picks: [], first: first, arrival: arrival, entry: nil)
            }
            let entry: PendingEntry
            do throws(LogError) {
                entry = try StreamRecordFrame.append(
                    entries,
                    taken,
                    stream: stream,
                    shard: self,
                    firstCounter: first,
                    arrival: arrival,
                    sealer: sealer,
                    to: log
                )
            } catch {
                return .failed(error)
            }
            let position = entry.position
            state.nextCounter = first
            for pick in taken {
                state.store(key: entries[pick].partitionKey, data: entries[pick].data, arrival: arrival, at: position, memory)
            }
            if log.isImmediate {
                state.visibleEnd = state.nextCounter
                woken = state.takeWaiters()
            } else {
                state.pending.append(Pending(range: first..<state.nextCounter))
            }
            return .taken(picks: taken, first: first, arrival: arrival, entry: entry)
        }
        for waiter in woken { waiter.body() }
        return result
    }

    /// Makes records visible, or dead when the log lost them. Ranges may be settled in any order; they appear in theirs.
    func settle(_ range: Range<UInt64>, isCommitted: Bool) {
        let woken = state.withLock { state -> [ReadWaiter] in
            if !isCommitted {
                for index in state.blockIndex(from: range.lowerBound)..<state.blocks.endIndex { state.blocks[index].kill(range) }
            }
            if let index = state.pending.firstIndex(where: { $0.range == range }) { state.pending[index].isDecided = true }
            let decided = state.pending.prefix { $0.isDecided }
            guard let last = decided.last else { return [] }
            state.visibleEnd = last.range.upperBound
            state.pending.removeFirst(decided.count)
            return state.takeWaiters()
        }
        for waiter in woken { waiter.body() }
    }

    /// Puts back records that the log has; those that are here already are passed over.
    func restore(_ block: StreamRecordSummary.Block, of segment: UInt64) {
        state.withLock { state in
            let first = max(block.firstCounter, state.nextCounter)
            guard block.endCounter > first else { return }
            let restored = RecordBlock(block, of: segment, from: first, notBefore: state.lastArrival)
            if state.blocks.isEmpty || !state.blocks[state.blocks.endIndex - 1].absorb(restored) { state.blocks.append(restored) }
            state.nextCounter = restored.endCounter
            state.visibleEnd = restored.endCounter
            state.lastArrival = restored.lastArrival
        }
    }
}

extension Shard.State {
    /// The picks that the limits let through.
    fileprivate mutating func throttle(_ entries: [PutEntry], _ picks: [Int], at now: Int64) -> [Int] {
        guard var buckets else { return picks }
        defer { self.buckets = buckets }
        return picks.filter { buckets.takeWrite(bytes: entries[$0].size, at: now) }
    }
}

extension RecordLog {
    /// True when whatever `append` returns is committed.
    package var isImmediate: Bool {
        if case .interval = policy { return true }
        return false
    }
}
