import Synchronization

/// The policy `interval`: the appending thread writes, the log's own thread syncs.
extension RecordLog {
    /// Writes one frame now. When that fails the segment is cut back to where it was, so the log goes on as if nothing had been tried.
    func write(
        kind: UInt8,
        size: Int,
        fill: (inout [UInt8]) -> Void,
        to state: inout State,
        wakes: inout Bool
    ) throws(LogError) -> LogPosition {
        let segment = try activeSegment(&state, fitting: LogFrame.headerSize + size)
        state.buffer.removeAll(keepingCapacity: state.buffer.capacity <= Self.keptBuffer)
        LogBatch.encode(kind: kind, size: size, salt: segment.salt, into: &state.buffer, fill)
        do throws(LogError) {
            try LogSegment.writeAll(state.buffer, to: segment.file, at: segment.size)
        } catch {
            cutBack(segment, &state)
            throw error
        }
        state.active?.size = segment.size + state.buffer.count
        let position = LogPosition(segment: segment.number, offset: UInt64(segment.size), serial: state.nextSerial)
        state.nextSerial += 1
        state.committed = state.nextSerial
        wakes = !state.isDirty
        state.isDirty = true
        return position
    }

    /// A buffer above this many bytes is given back after use.
    static let keptBuffer = 4 << 20

    /// The segment to write the next `frameSize` bytes to: the current one, or a new one.
    func activeSegment(_ state: inout State, fitting frameSize: Int) throws(LogError) -> LogSegment {
        if let active = state.active, active.size + frameSize <= rollAt || active.size == LogSegment.headerSize { return active }
        let segment = try LogSegment.create(state.nextNumber, in: directory, of: files)
        do throws(LogError) {
            try manifest.withLock { manifest throws(LogError) in try manifest.add(segment, in: directory, of: files) }
        } catch {
            // Whether the manifest names it is not certain, so it stays, without an entry, until nobody needs what is in it.
            state.sealed[segment.number] = segment.size
            state.nextNumber += 1
            throw error
        }
        seal(&state)
        state.active = segment
        state.nextNumber += 1
        return segment
    }

    /// Takes a torn frame off the end. When even that fails the segment is left as it is, torn, and a new one begun: reading knows how to pass it.
    func cutBack(_ segment: LogSegment, _ state: inout State) {
        do throws(LogError) {
            try segment.file.truncate(to: segment.size)
        } catch {
            abandonActive(&state)
        }
    }

    /// Begins no more entries in the current segment, which is whole, and has its checkpoint made.
    private func seal(_ state: inout State) {
        guard let active = state.active else { return }
        abandonActive(&state)
        guard !summaries.isEmpty else { return }
        // Without a thread to be had, the next start makes it.
        if state.checkpointThread == nil { state.checkpointThread = LogThread { [self] in checkpointLoop() } }
        state.fresh.append(active.number)
        checkpointWork.raise()
    }

    /// Writes no more to the current segment.
    func abandonActive(_ state: inout State) {
        guard let active = state.active else { return }
        state.sealed[active.number] = active.size
        if case .interval = policy { state.unsynced.append(active) }
        state.active = nil
    }

    /// Syncs what has been written; called with no lock held.
    func syncWritten() {
        let dirty = state.withLock { state -> [LogSegment] in
            guard state.isDirty else { return [] }
            state.isDirty = false
            let dirty = state.unsynced + (state.active.map { [$0] } ?? [])
            state.unsynced = []
            return dirty
        }
        for segment in dirty {
            do throws(LogError) {
                try segment.file.sync()
                manifest.withLock { $0.note(segment.number, bytes: segment.size) }
            } catch {
                // After a failed sync the kernel may have dropped the pages: nothing more goes to that file.
                state.withLock { state in
                    state.syncFailure = error
                    state.fresh = []
                    abandonActive(&state)
                    state.unsynced = []
                }
            }
        }
    }

    /// The life of the syncing thread: it sleeps until there is something to sync, lets more gather for a while, and syncs.
    func syncLoop(milliseconds: Int) {
        while true {
            work.wait()
            if state.withLock({ $0.isClosed }) { return }
            stop.wait(milliseconds: milliseconds)
            syncWritten()
        }
    }
}
