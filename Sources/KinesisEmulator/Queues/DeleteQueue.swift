import ServiceKit
package import Shapes
import Synchronization
package import Wire

extension KinesisService {
    package func deleteQueue(_ input: Kinesis.DeleteQueueInput, _ call: Call) throws(ServiceError) {
        let gone = try change { () throws(ServiceError) -> HostedQueue? in
            var queue = try queue(input.queueARN, call)
            guard queue.status != .deleting else { return nil }
            queue.enter(.deleting, at: call.now, for: configuration.streamDelay)
            try store(queue, call)
            return queues.withLock { $0.removeValue(forKey: queue.resource) }
        }
        gone?.end()
        purgeQueuesLater()
    }
}
