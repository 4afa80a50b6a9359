import ServiceKit
package import Shapes
import Synchronization
package import Wire

extension KinesisService {
    package func deregisterStreamConsumer(_ input: Kinesis.DeregisterStreamConsumerInput, _ call: Call) throws(ServiceError) {
        let gone = try change { () throws(ServiceError) in
            var (stream, consumer) = try consumer(streamARN: input.streamARN, name: input.consumerName, arn: input.consumerARN, call)
            guard consumer.status != .deleting else { return consumer }
            consumer.enter(.deleting, at: call.now, for: configuration.streamDelay)
            try store.write { transaction in
                let table = ConsumerTable(transaction.database)
                try table.purge(stream, at: call.now)
                if consumer.status == .deleted { try table.remove(consumer, of: stream) } else { try table.put(consumer, of: stream) }
            }
            return consumer
        }
        let name = ConsumerName(gone)
        for subscription in subscriptions.withLock({ $0.all(of: name) }) {
            subscription.end(.consumerNotFound(name.name, name.created, of: name.stream))
        }
    }
}
