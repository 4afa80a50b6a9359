import Synchronization

/// The policy `always`: appending queues, and the log's own thread writes and syncs a batch at a time.
extension RecordLog {
    /// Puts one frame into the youngest batch, at the position it will have on the disk.
    func queue(
        kind: UInt8,
        size: Int,
        fill: (inout [UInt8]) -> Void,
        on state: inout State,
        wakes: inout Bool
    ) throws(LogError) -> LogPosition {
        let frameSize = LogFrame.headerSize + size
        guard state.backlog + frameSize <= Self.maxBacklog else { throw .backlog(bytes: state.backlog) }
        let segment = try activeSegment(&state, fitting: frameSize)
        let serial = state.nextSerial
        wakes = state.batches.isEmpty
        if state.batches.last.map({ $0.segment.number == segment.number && $0.bytes.count < LogBatch.full }) != true {
            state.batches.append(LogBatch(segment: segment, offset: segment.size, first: serial, end: serial))
        }
        let last = state.batches.endIndex - 1
        LogBatch.encode(kind: kind, size: size, salt: segment.salt, into: &state.batches[last].bytes, fill)
        state.batches[last].end = serial + 1
        state.nextSerial += 1
        state.backlog += frameSize
        state.active?.size = segment.size + frameSize
        return LogPosition(segment: segment.number, offset: UInt64(segment.size), serial: serial)
    }

    /// The life of the writing thread: it ends when the log is closed and the queue is empty.
    func commitLoop() {
        while true {
            let (batch, isClosed) = state.withLock { state in
                let batch = state.batches.isEmpty ? nil : state.batches.removeFirst()
                state.inHand = batch?.segment.number
                return (batch, state.isClosed)
            }
            if let batch {
                commit(batch)
            } else if isClosed {
                return
            } else {
                work.wait()
            }
        }
    }

    private func commit(_ batch: LogBatch) {
        var failure: LogError?
        var isSuspect = false
        do throws(LogError) {
            try LogSegment.writeAll(batch.bytes, to: batch.segment.file, at: batch.offset)
            isSuspect = true
            try batch.segment.file.sync()
            manifest.withLock { $0.note(batch.segment.number, bytes: batch.offset + batch.bytes.count) }
        } catch {
            failure = error
        }
        let decided = state.withLock { state in
            state.backlog -= batch.bytes.count
            state.inHand = nil
            if let failure {
                fail(batch, failure, isSuspect: isSuspect, &state)
            } else {
                state.committed = batch.end
            }
            return state.takeDecided()
        }
        if state.withLock({ !$0.fresh.isEmpty }) { checkpointWork.raise() }
        for (waiter, result) in decided { waiter.body(result) }
    }

    /// Fails the batch and everything queued behind it, for their positions on the disk depended on it, and takes its bytes off the end.
    ///
    /// - Parameter isSuspect: true after a failed sync, when the kernel may have dropped pages: nothing more goes to that file.
    private func fail(_ batch: LogBatch, _ error: LogError, isSuspect: Bool, _ state: inout State) {
        state.fail(batch.first..<state.nextSerial, error)
        state.fresh = []
        state.committed = state.nextSerial
        for later in state.batches.reversed() { shrink(later.segment.number, to: later.offset, &state) }
        state.batches = []
        state.backlog = 0
        shrink(batch.segment.number, to: batch.offset, &state)
        do throws(LogError) {
            try batch.segment.file.truncate(to: batch.offset)
            if isSuspect, state.active?.number == batch.segment.number { abandonActive(&state) }
        } catch {
            if state.active?.number == batch.segment.number { abandonActive(&state) }
        }
    }

    private func shrink(_ number: UInt64, to size: Int, _ state: inout State) {
        if state.active?.number == number {
            state.active?.size = size
        } else {
            state.sealed[number] = size
        }
    }
}
