import Synchronization

extension RecordLog {
    func startThread(_ state: inout State) throws(LogError) {
        guard state.thread == nil else { return }
        let thread = LogThread { [self] in
            switch policy {
            case .interval(let milliseconds): syncLoop(milliseconds: milliseconds)
            case .always: commitLoop()
            }
        }
        guard let thread else { throw .system(call: "pthread_create", path: directory, code: 11) }
        state.thread = thread
    }

    /// Returns when all that was appended before is on the disk, or has failed to get there. It blocks.
    package func flush() {
        switch policy {
        case .interval:
            syncWritten()
        case .always:
            let last = state.withLock { $0.nextSerial - 1 }
            let done = LogSignal()
            afterCommit(LogPosition(segment: 0, offset: 0, serial: last)) { _ in done.raise() }
            done.wait()
        }
    }

    /// Writes and syncs what is left, ends the thread, and refuses what comes after. It blocks; a second call does nothing.
    package func close() {
        let (thread, checkpointThread) = state.withLock { state in
            state.isClosed = true
            defer {
                state.thread = nil
                state.checkpointThread = nil
            }
            return (state.thread, state.checkpointThread)
        }
        work.raise()
        stop.raise()
        checkpointWork.raise()
        thread?.join()
        checkpointThread?.join()
        if case .interval = policy { syncWritten() }
        state.withLock { state in
            state.active = nil
            state.unsynced = []
        }
    }

    /// The segments on disk, oldest first, with their sizes in bytes.
    package var segments: [(number: UInt64, bytes: Int)] {
        state.withLock { state in
            var sizes = state.sealed
            if let active = state.active { sizes[active.number] = active.size }
            return sizes.sorted { $0.key < $1.key }.map { (number: $0.key, bytes: $0.value) }
        }
    }

    /// Gives the disk back the segments that the caller calls dead. The one being written to stays, whatever the caller says.
    ///
    /// - Returns: the bytes given back.
    @discardableResult
    package func dropSegments(where isDead: (UInt64) -> Bool) throws(LogError) -> Int {
        var freed = 0
        // Batches may still be under way to a segment that is sealed already; it has to wait for the next call.
        let candidates = state.withLock { state in
            state.committed == state.nextSerial ? state.sealed : [:]
        }
        let dead = candidates.filter { isDead($0.key) }.sorted { $0.key < $1.key }
        guard !dead.isEmpty else { return 0 }
        try manifest.withLock { manifest throws(LogError) in try manifest.drop(dead.map(\.key)) }
        for (number, bytes) in dead {
            try files.remove(directory + "/" + LogSegment.name(number))
            LogCheckpoint.remove(number, in: directory, of: files)
            state.withLock { _ = $0.sealed.removeValue(forKey: number) }
            freed += bytes
        }
        if freed > 0 { try files.syncDirectory(directory) }
        return freed
    }

    /// Gives the disk back every segment whose entries all stand before `position`.
    @discardableResult
    package func dropSegments(before position: LogPosition) throws(LogError) -> Int {
        try dropSegments { $0 < position.segment }
    }
}
