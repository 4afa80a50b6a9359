import ServiceKit
package import Shapes
import Synchronization
package import Wire

extension KinesisService {
    /// Records that are in flight keep what they were received with.
    package func updateQueue(_ input: Kinesis.UpdateQueueInput, _ call: Call) throws(ServiceError) -> Kinesis.UpdateQueueOutput {
        let updated = try change { () throws(ServiceError) in
            var queue = try queue(input.queueARN, call)
            guard queue.status == .active else {
                throw .Kinesis.resourceInUse(
                    "Queue \(queue.name) under account \(queue.resource.account) not ACTIVE, instead in state \(queue.status.rawValue)"
                )
            }
            try queue.settings.apply(input.queueAttributes)
            queue.enter(.updating, at: call.now, for: configuration.streamDelay)
            try store(queue, call)
            return queue
        }
        return Kinesis.UpdateQueueOutput(queueDescription: updated.description)
    }

    /// Stores a queue as it is from now on, and shows it.
    func store(_ queue: StreamQueue, _ call: Call) throws(ServiceError) {
        try store.write { transaction in
            let table = QueueTable(transaction.database)
            try table.purge(at: call.now)
            if queue.status == .deleted { try table.remove(queue) } else { try table.put(queue) }
            transaction.afterCommit { [self] committed in queues.withLock { $0[queue.resource] }?.set(queue, committed) }
        }
    }
}
