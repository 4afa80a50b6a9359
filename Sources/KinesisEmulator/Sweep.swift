import Dispatch
import Logging
import ServiceKit
package import Streams
import Synchronization
package import Wire

/// Gives back the memory and the disk that expired records take.
extension KinesisService {
    /// Milliseconds between two looks.
    static let sweepInterval: Int64 = 60_000

    /// Called by the data plane, and when the log is needed less; the work itself is done on a thread of its own.
    package func sweepIfDue(_ now: Timestamp) {
        let due = nextSweep.load(ordering: .relaxed)
        guard now.milliseconds >= due else { return }
        let next = now.milliseconds + Self.sweepInterval
        guard nextSweep.compareExchange(expected: due, desired: next, ordering: .relaxed).exchanged else { return }
        sweeper.async { [self] in sweep(at: now) }
    }

    /// Gives up the memory of old records when there are too many of them, on a thread of its own. The log has them, if there is one.
    func enforceBudgetIfDue() {
        guard memory.isOver, isEnforcing.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged else { return }
        sweeper.async { [self] in
            isEnforcing.store(false, ordering: .relaxed)
            enforceBudget()
        }
    }

    func enforceBudget() {
        let lost = memory.enforceBudget(registry.withLock { registry in registry.byID.values.map(\.engine) })
        if lost > 0 { reportLosses(lost) }
    }

    /// Says in the log that records are lost, once a minute at most.
    private func reportLosses(_ lost: UInt64) {
        let now = time.now
        let records = losses.withLock { losses -> UInt64? in
            losses.records += lost
            if let next = losses.nextNotice, now < next { return nil }
            defer { losses = (0, now.advanced(bySeconds: Double(Self.sweepInterval) / 1000)) }
            return losses.records
        }
        guard let records else { return }
        log.warning(
            "the oldest stream records were dropped before their time, for memory was full; --kinesis-memory allows more, --data-dir keeps all",
            metadata: ["records": "\(records)", "bytes": "\(configuration.streamMemory)"]
        )
    }

    /// - Returns: the bytes of memory and of disk given back.
    @discardableResult
    package func sweep(at now: Timestamp) -> (memory: Int, disk: Int) {
        purgeQueues()
        // A record put from here on goes to this segment or a later one, so that what is found dead below it stays dead.
        let newest = recordLog.segments.last?.number
        let streams = registry.withLock { Array($0.byID.values) }
        let memory = streams.reduce(0) { $0 + $1.engine.trim(at: now.milliseconds) }
        guard let newest else { return (memory, 0) }
        var live = segmentsOfOthers()
        for stream in streams { stream.engine.addLiveSegments(to: &live) }
        guard recordLog.segments.contains(where: { $0.number < newest && !live.contains($0.number) }) else { return (memory, 0) }
        do {
            try storeSnapshots(streams)
            return (memory, try recordLog.dropSegments { $0 < newest && !live.contains($0) })
        } catch {
            log.error("expired records could not be dropped from the log", metadata: ["cause": "\(error)"])
            return (memory, 0)
        }
    }

    /// Stores the shapes of all streams as they are, so that a copy of the store gives no sequence number again.
    package func storeShapes() throws(ServiceError) {
        try storeSnapshots(registry.withLock { Array($0.byID.values) })
    }

    /// Appends the records of all streams to another log.
    package func copyRecords(to log: RecordLog) throws(LogError) {
        for stream in registry.withLock({ Array($0.byID.values) }) {
            // Memory does not know which records came while a stream was encrypted: of one that once was, all are sealed.
            let sealer = stream.engine.sealer ?? streamKeys.newestSealer(of: stream.engine.id)
            try stream.engine.copyRecords(to: log, sealer: sealer)
        }
    }

    /// Sequence numbers that were given out are known from the log alone, until this is done.
    private func storeSnapshots(_ streams: [HostedStream]) throws(ServiceError) {
        try change { () throws(ServiceError) in
            // Streams may have gone meanwhile.
            let kept = registry.withLock { registry in streams.filter { registry.byID[$0.id] != nil } }
            try store.write { transaction in
                for stream in kept { try StreamTable(transaction).update(stream.id, stream.engine.snapshot) }
            }
        }
    }
}
