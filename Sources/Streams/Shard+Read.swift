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
    func counter(for start: StartingPosition) -> UInt64 {
        state.withLock { state in
            switch start {
            case .trimHorizon: 0
            case .latest: state.visibleEnd
            case .timestamp(let time): min(state.counter(arrivedSince: time), state.visibleEnd)
            case .at(let number): state.counter(of: number, isIncluded: true)
            case .after(let number): state.counter(of: number, isIncluded: false)
            }
        }
    }

    /// Reads up to `limit` records.
    ///
    /// - Parameters:
    ///   - counter: the lowest one wanted.
    ///   - bytes: the most that partition keys and data may take together; a single larger record is returned all the same.
    ///   - horizon: records that arrived before it are gone; epoch milliseconds.
    ///   - isCharged: whether the limits on reading apply.
    /// - Returns: nil when the limits refuse; the page's children are the stream's to fill in.
    func read(from counter: UInt64, limit: Int, bytes: Int = pageBytes, horizon: Int64, now: Int64, isCharged: Bool) -> RecordPage? {
        state.withLock { state in
            if isCharged, state.buckets?.takeRead(at: now) == false { return nil }
            var page = RecordPage(next: ShardPosition(shardIndex: index, shardCreated: created, counter: 0))
            // A position behind the tip can only come from records that a power cut took; the reader goes on at the tip.
            let start = min(max(counter, state.counter(arrivedSince: horizon)), state.visibleEnd)
            let end = state.gather(from: start, limit: limit, bytes: bytes, into: &page)
            page.next.counter = end
            if isCharged { state.buckets?.payRead(bytes: page.bytes) }
            if end >= state.visibleEnd {
                page.isEnd = state.pending.isEmpty && state.hasEnded(at: now / 1000)
            } else {
                let last = page.runs.last?.entries.last?.arrival ?? state.entry(end)?.arrival ?? now
                page.millisBehindLatest = max(0, now - last)
            }
            return page
        }
    }

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

    /// Frees the chunks whose records all arrived before `horizon`.
    ///
    /// - Returns: the bytes of memory given back.
    func trim(before horizon: Int64) -> Int {
        state.withLock { state in
            let dead = state.chunks.prefix { chunk in
                chunk.endCounter <= state.visibleEnd && (chunk.entries.last.map { $0.arrival < horizon } ?? true)
            }
            let bytes = dead.reduce(0) { $0 + $1.size }
            state.chunks.removeFirst(dead.count)
            return bytes
        }
    }

    /// Adds the log segments that hold records of this shard.
    func addSegments(to segments: inout Set<UInt64>) {
        let mine = state.withLock { state in state.chunks.flatMap { $0.segments } }
        segments.formUnion(mine)
    }
}

extension Shard.State {
    /// The counter of the first visible record at or behind a number of this shard.
    func counter(of number: SequenceNumber, isIncluded: Bool) -> UInt64 {
        var counter = number.counter
        // Counters decide; the second only matters for a number that was made up from another record's counter.
        if let entry = entry(counter) {
            let second = entry.arrival / 1000
            if second < number.second || (second == number.second && !isIncluded) { counter += 1 }
        } else if counter < nextCounter, !isIncluded || counter == 0 {
            counter += 1
        }
        return min(counter, visibleEnd)
    }

    /// Puts records into the page until it is full.
    ///
    /// - Returns: the counter behind the last one looked at.
    fileprivate func gather(from start: UInt64, limit: Int, bytes: Int, into page: inout RecordPage) -> UInt64 {
        var next = start
        for index in chunkIndex(from: start)..<chunks.endIndex {
            let chunk = chunks[index]
            let first = max(start, chunk.firstCounter)
            let stop = min(chunk.endCounter, visibleEnd)
            guard first < stop else { break }
            var end = first
            while end < stop, page.count < limit {
                let entry = chunk.entries[Int(end - chunk.firstCounter)]
                if !entry.isDead {
                    if page.count > 0, page.bytes + entry.size > bytes { break }
                    page.count += 1
                    page.bytes += entry.size
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
