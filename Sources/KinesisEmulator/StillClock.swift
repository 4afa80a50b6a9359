import Logging
import ServiceKit
import Streams
import Synchronization
import Wire

/// What would wait for a second that does not come.
extension KinesisService {
    /// To be called when the clock was set: it may stand still now, or what is under way may be over.
    package func clockWasSet() {
        change { endWhatCannotEnd() }
        lookAtLoads()
        purgeQueues()
        channelClockWasSet()
        for subscription in subscriptions.withLock({ $0.open }) { subscription.look() }
        for queue in queues.withLock({ Array($0.values) }) { queue.look() }
    }

    /// While the clock stands still, closed shards take no more records and their streams are `ACTIVE`, unless a delay was asked for, which is
    /// the clock's to end.
    func endWhatCannotEnd() {
        guard time.rate == 0 else { return }
        let now = time.now
        for stream in registry.withLock({ Array($0.byID.values) }) {
            stream.engine.endClosedShards()
            var facts = stream.facts(at: now)
            guard configuration.streamDelay == 0, facts.status == .updating else { continue }
            facts.enter(.updating, at: now, for: 0)
            do throws(ServiceError) {
                try store.write { [facts] transaction in
                    try StreamTable(transaction).update(stream.id, facts)
                    transaction.afterCommit { stream.set(facts, $0) }
                }
            } catch {
                let cause = error.cause.map { "\($0)" } ?? error.code
                log.error("a stream stays UPDATING", metadata: ["stream": "\(stream.key.name)", "cause": "\(cause)"])
            }
        }
    }
}
