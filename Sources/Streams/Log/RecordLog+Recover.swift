import Synchronization

extension RecordLog {
    /// What reading one segment at a start came to.
    struct RecoveredSegment: Sendable {
        var summary: SegmentSummary
        var damages: [LogDamage] = []
        var failure: LogError?
    }

    /// Hands on what the entries of each segment come to, oldest first: from its checkpoint if there is one that fits, or from the segment,
    /// several at once. Sealed segments without damage get their checkpoint here if they have none. To be called once, before anything is appended.
    ///
    /// An entry of a segment that has a checkpoint is not looked at: its checksum is checked when it is read.
    package func recover(_ take: (SegmentSummary) throws(LogError) -> Void) throws(LogError) -> LogRecovery {
        let (sealed, tail) = state.withLock { state in
            defer { state.tail = nil }
            return (state.sealed.keys.sorted(), state.tail)
        }
        var recovery = LogRecovery()
        func keep(_ segment: RecoveredSegment) throws(LogError) {
            if let failure = segment.failure { throw failure }
            recovery.frames += segment.summary.frames
            recovery.damages += segment.damages
            try take(segment.summary)
        }
        try OrderedWork<RecoveredSegment>.run(sealed.count, { [self] in recovered(sealed[$0]) }, keep)
        if let tail { try keep(tail) }
        return recovery
    }

    private func recovered(_ number: UInt64) -> RecoveredSegment {
        do throws(LogError) {
            let (file, size, salt) = try LogSegment.open(number, in: directory, of: files)
            guard let salt else { throw .damaged(segment: number, offset: 0) }
            let identity = LogCheckpoint.Identity(number: number, salt: salt, size: size)
            if let summary = LogCheckpoint.load(identity, in: directory, of: files, summaries) { return RecoveredSegment(summary: summary) }
            let (read, _) = try Self.summarised(file, identity, summaries)
            if read.damages.isEmpty { saveCheckpoint(read.summary, identity) }
            return read
        } catch {
            return RecoveredSegment(summary: SegmentSummary(segment: number), failure: error)
        }
    }

    /// A start without the checkpoint is slower and nothing else, so that a full disk must not keep it from coming about.
    private func saveCheckpoint(_ summary: SegmentSummary, _ identity: LogCheckpoint.Identity) {
        try? LogCheckpoint.write(summary, of: identity, in: directory, of: files, summaries)
    }

    /// Reads a whole segment.
    /// - Returns: what it comes to, and the offset behind its last whole entry.
    static func summarised(
        _ file: any LogFile,
        _ segment: LogCheckpoint.Identity,
        _ kinds: [LogSummaryKind]
    ) throws(LogError) -> (RecoveredSegment, end: Int) {
        var maker = SummaryMaker(kinds)
        var scan = LogScan(file: file, number: segment.number, salt: segment.salt, size: segment.size)
        let end = try scan.run(from: LogSegment.headerSize) { kind, payload, position in maker.add(kind, payload, at: UInt32(position.offset)) }
        return (RecoveredSegment(summary: maker.summary(of: segment.number, frames: scan.frames), damages: scan.damages), end)
    }

    // MARK: While it runs

    /// Makes the checkpoints of segments that were sealed; called on a thread of its own, with no lock held.
    func checkpointLoop() {
        while true {
            let (number, isClosed) = state.withLock { state in (state.takeComplete(), state.isClosed) }
            if isClosed { return }
            if let number { makeCheckpoint(number) } else { checkpointWork.wait() }
        }
    }

    private func makeCheckpoint(_ number: UInt64) {
        do throws(LogError) {
            let (file, size, salt) = try LogSegment.open(number, in: directory, of: files)
            guard let salt else { return }
            // A checkpoint must not outlive entries that a loss of power takes.
            try file.sync()
            manifest.withLock { $0.note(number, bytes: size) }
            let identity = LogCheckpoint.Identity(number: number, salt: salt, size: size)
            let (read, _) = try Self.summarised(file, identity, summaries)
            guard read.damages.isEmpty else { return }
            try LogCheckpoint.write(read.summary, of: identity, in: directory, of: files, summaries)
        } catch {
            // The next start reads the segment, and says what is wrong with it.
        }
    }
}

extension RecordLog.State {
    /// A sealed segment to which nothing is under way any more.
    fileprivate mutating func takeComplete() -> UInt64? {
        guard
            let index = fresh.firstIndex(where: { number in
                number != inHand && number != active?.number && !batches.contains { $0.segment.number == number }
            })
        else { return nil }
        return fresh.remove(at: index)
    }
}
