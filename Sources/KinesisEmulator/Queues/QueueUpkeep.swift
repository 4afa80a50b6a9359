import Dispatch
import Logging
import ServiceKit
import Streams
import Synchronization
import Wire

/// What is done for queues that nobody asks for.
extension KinesisService {
    /// To be called when the record log was read, before anything is put.
    package func restored() {
        // A server in memory begins with nothing.
        guard store.directory != nil else { return }
        attempt("channels could not be read") { () throws(ServiceError) in try restoreChannels() }
        attempt("the positions of queues could not be looked through") { () throws(ServiceError) in try pullBackQueues() }
        purgeQueues()
    }

    /// A power cut may have taken records that queues had handed out, and others get their places.
    private func pullBackQueues() throws(ServiceError) {
        let beyond = try store.read { database in
            try QueueTable(database).cursors { id, shard in registry.withLock { $0.byID[id]?.engine }?.nextCounter(in: shard) }
        }
        guard !beyond.isEmpty else { return }
        log.warning("queues had handed out records that the log has lost; they go on at its end", metadata: ["shards": "\(beyond.count)"])
        try store.write { transaction in
            for cursor in beyond { try QueueTable(transaction.database).pullBack(cursor) }
        }
    }

    private func attempt(_ failure: Logger.Message, _ body: () throws(ServiceError) -> Void) {
        do throws(ServiceError) { try body() } catch {
            log.error(failure, metadata: ["cause": "\(error.cause.map { "\($0)" } ?? error.code)"])
        }
    }

    /// Removes what is kept of queues whose deletion is over.
    func purgeQueues() {
        let now = time.now
        // When it fails it is tried again, and nobody sees them meanwhile.
        attempt("deleted queues could not be removed") { () throws(ServiceError) in
            guard try store.read({ try QueueTable($0).hasDeleted(at: now) }) else { return }
            try store.write { try QueueTable($0.database).purge(at: now) }
        }
    }

    /// Looks when the deletion that has just begun is over.
    func purgeQueuesLater() {
        let patience = machineTime(Int64(configuration.streamDelay * 1000))
        // By a clock that stands still it is over when the clock is set.
        guard configuration.streamDelay > 0, patience < 86_400_000 else { return }
        sweeper.asyncAfter(deadline: .now() + .milliseconds(Int(patience) + 1)) { [weak self] in self?.purgeQueues() }
    }
}
