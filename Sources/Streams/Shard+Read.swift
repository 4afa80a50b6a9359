import Synchronization

/// Where a reader wants to begin.
package enum StartingPosition: Hashable, Sendable {
    case trimHorizon
    case latest
    case at(SequenceNumber)
    case after(SequenceNumber)
    /// Epoch milliseconds.
    case timestamp(Int64)
}

extension Shard {
    /// The most that one GetRecords returns, partition keys and data together.
    static let pageBytes = 10 << 20

    /// The counter to begin reading at; fixed now, whatever comes later.
    func counter(for start: StartingPosition, in log: RecordLog) throws(LogError) -> UInt64 {
        let source = source(log)
        return try state.withLock { state throws(LogError) in
            switch start {
            case .trimHorizon: 0
            case .latest: state.visibleEnd
            case .timestamp(let time): min(try state.counter(arrivedSince: time, source), state.visibleEnd)
            case .at(let number): try state.counter(of: number, isIncluded: true, source)
            case .after(let number): try state.counter(of: number, isIncluded: false, source)
            }
        }
    }

    private func source(_ log: RecordLog) -> RecordSource {
        RecordSource(shard: index, log: log, memory: memory)
    }

    /// Reads up to `limit` records.
    ///
    /// - Parameters:
    ///   - counter: the lowest one wanted.
    ///   - bytes: the most that partition keys and data may take together; a single larger record is returned all the same.
    ///   - horizon: records that arrived before it are gone; epoch milliseconds.
    ///   - isCharged: whether the limits on reading apply.
    ///   - log: where records are that memory does not have.
    /// - Returns: nil when the limits refuse; the page's children are the stream's to fill in.
    func read(
        from counter: UInt64,
        limit: Int,
        bytes: Int = pageBytes,
        horizon: Int64,
        now: Int64,
        isCharged: Bool,
        in log: RecordLog
    ) throws(LogError) -> RecordPage? {
        let source = source(log)
        return try state.withLock { state throws(LogError) in
            if isCharged, state.buckets?.takeRead(at: now) == false { return nil }
            var page = RecordPage(next: ShardPosition(shardIndex: index, shardCreated: created, counter: 0))
            // A position behind the tip can only come from records that a power cut took; the reader goes on at the tip.
            let start = min(try state.start(at: counter, horizon: horizon, source), state.visibleEnd)
            let end = try state.gather(from: start, limit: limit, bytes: bytes, into: &page, source)
            page.next.counter = end
            if isCharged { state.buckets?.payRead(bytes: page.bytes) }
            if end >= state.visibleEnd {
                page.isEnd = state.pending.isEmpty && state.hasEnded(at: now / 1000)
            } else {
                var last = page.runs.last?.entries.last?.arrival
                if last == nil { last = try state.entry(end, source)?.arrival }
                page.millisBehindLatest = max(0, now - (last ?? now))
            }
            return page
        }
    }

    /// The counter behind the block of records that a read from `counter` begins with.
    func endOfBlock(from counter: UInt64, horizon: Int64) -> UInt64 {
        state.withLock { state in
            let index = max(state.blockIndex(from: counter), state.blocks.partitioningIndex { $0.lastArrival >= horizon })
            return index < state.blocks.endIndex ? min(state.blocks[index].endCounter, state.visibleEnd) : state.visibleEnd
        }
    }

    /// The counter that no record has been given yet.
    var nextCounter: UInt64 { state.withLock { max($0.nextCounter, $0.counterFloor) } }

    /// Calls `body` once, when there is something at `counter` or the shard closes.
    ///
    /// - Returns: the waiter's name for `cancelWait`; nil when there is something already, and then `body` is not kept.
    func whenReadable(from counter: UInt64, now: Int64, _ body: @escaping @Sendable () -> Void) -> UInt64? {
        state.withLock { state in
            if state.visibleEnd > counter { return nil }
            if state.hasEnded(at: now / 1000) { return nil }
            defer { state.nextWaiter += 1 }
            state.waiters.append(ReadWaiter(id: state.nextWaiter, body: body))
            return state.nextWaiter
        }
    }

    func cancelWait(_ id: UInt64) {
        state.withLock { state in state.waiters.removeAll { $0.id == id } }
    }

    /// Frees the blocks whose records all arrived before `horizon`.
    ///
    /// - Returns: the bytes of memory given back.
    func trim(before horizon: Int64) -> Int {
        state.withLock { state in
            let dead = state.blocks.prefix { $0.endCounter <= state.visibleEnd && $0.lastArrival < horizon }
            let bytes = dead.reduce(0) { $0 + ($1.chunk == nil ? 0 : $1.capacity) }
            state.blocks.removeFirst(dead.count)
            if !dead.isEmpty { state.reloaded = nil }
            return bytes
        }
    }

    /// Adds the log segments that hold records of this shard.
    func addSegments(to segments: inout Set<UInt64>) {
        let mine = state.withLock { state in state.blocks.flatMap { $0.segments } }
        segments.formUnion(mine)
    }
}

extension Shard.State {
    /// The counter of the first visible record at or behind a number of this shard.
    mutating func counter(of number: SequenceNumber, isIncluded: Bool, _ source: RecordSource) throws(LogError) -> UInt64 {
        var counter = number.counter
        // Counters decide; the second only matters for a number that was made up from another record's counter.
        if let entry = try entry(counter, source) {
            let second = entry.arrival / 1000
            if second < number.second || (second == number.second && !isIncluded) { counter += 1 }
        } else if counter < nextCounter, !isIncluded || counter == 0 {
            counter += 1
        }
        return min(counter, visibleEnd)
    }

    /// The counter to read from: that of the reader, or of the oldest record that has not expired.
    fileprivate mutating func start(at counter: UInt64, horizon: Int64, _ source: RecordSource) throws(LogError) -> UInt64 {
        let index = blockIndex(from: counter)
        // For most readers that is certain without looking it up, which may mean reading the log.
        if index < blocks.endIndex, blocks[index].firstArrival >= horizon { return counter }
        return max(counter, try self.counter(arrivedSince: horizon, source))
    }

    /// Puts records into the page until it is full.
    ///
    /// - Returns: the counter behind the last one looked at.
    fileprivate mutating func gather(
        from start: UInt64,
        limit: Int,
        bytes: Int,
        into page: inout RecordPage,
        _ source: RecordSource
    ) throws(LogError) -> UInt64 {
        var next = start
        for index in blockIndex(from: start)..<blocks.endIndex {
            let first = max(start, blocks[index].firstCounter)
            let stop = min(blocks[index].endCounter, visibleEnd)
            guard first < stop else { break }
            if page.count >= limit || page.bytes >= bytes { return next }
            let chunk: RecordChunk
            do throws(LogError) {
                chunk = try self.chunk(at: index, source)
            } catch {
                // What was read before it is returned; the next read meets the fault.
                if page.count > 0 { return first }
                throw error
            }
            var end = first
            while end < stop, page.count < limit {
                let entry = chunk.entries[Int(end - chunk.firstCounter)]
                if !entry.isDead {
                    if page.count > 0, page.bytes + entry.size > bytes { break }
                    page.count += 1
                    page.bytes += entry.size
                    page.keyBytes += Int(entry.keyLength)
                }
                end += 1
            }
            if end > first {
                let range = Int(first - chunk.firstCounter)..<Int(end - chunk.firstCounter)
                page.runs.append(RecordPage.Run(chunk: chunk, firstCounter: first, entries: ContiguousArray(chunk.entries[range])))
                next = end
            }
            if end < stop { return next }
        }
        return visibleEnd
    }
}
