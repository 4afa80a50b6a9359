package import Shapes
import Synchronization
package import Wire

extension KinesisService {
    /// Consumers that a stream can have.
    private static let maximumConsumers = 20
    /// Of them in the making at a time; enforced with the other limits only.
    private static let maximumCreating = 5

    package func registerStreamConsumer(
        _ input: Kinesis.RegisterStreamConsumerInput,
        _ call: Call
    ) throws(ServiceError) -> Kinesis.RegisterStreamConsumerOutput {
        let tags = input.tags ?? [:]
        try StreamTags.check(tags, by: .resource, adding: true)
        let consumer = try change { () throws(ServiceError) in
            let (stream, facts) = try receivingStream(nil, input.streamARN, call)
            guard facts.status != .deleting else { throw .notActive(stream.key, facts) }
            return try store.write { transaction in
                let table = ConsumerTable(transaction.database)
                try table.purge(stream, at: call.now)
                let others = try table.all(of: stream, at: call.now)
                try checkRoom(for: input.consumerName, among: others, of: stream.key)
                let consumer = newConsumer(input.consumerName, of: stream, call)
                try table.put(consumer, of: stream)
                try StreamTags.add(tags, to: TagOwner(consumer), transaction.database)
                return consumer
            }
        }
        return Kinesis.RegisterStreamConsumerOutput(consumer: Kinesis.Consumer(consumer))
    }

    private func checkRoom(for name: String, among others: [StreamConsumer], of key: StreamKey) throws(ServiceError) {
        guard !others.contains(where: { $0.name == name }) else {
            throw .Kinesis.resourceInUse("Consumer \(name) under stream \(key.name) already exists for account \(key.account).")
        }
        guard others.count < Self.maximumConsumers else {
            throw .Kinesis.limitExceeded(
                "Stream \(key.name) under account \(key.account) has reached its limit of \(Self.maximumConsumers) registered consumers."
            )
        }
        if configuration.enforcesStreamLimits, others.count(where: { $0.status == .creating }) >= Self.maximumCreating {
            throw .Kinesis.limitExceeded(
                "Rate exceeded for stream \(key.name): at most \(Self.maximumCreating) consumers can be in the CREATING state."
            )
        }
    }

    /// Never with the second of an older consumer, so that an ARN stands for one consumer only.
    private func newConsumer(_ name: String, of stream: HostedStream, _ call: Call) -> StreamConsumer {
        let created = lastConsumer.withLock { last in
            let second = max(call.now.seconds, (last[stream.id] ?? 0) + 1)
            last[stream.id] = second
            return second
        }
        var consumer = StreamConsumer(stream: stream.key, name: name, created: created, status: .creating)
        consumer.enter(.creating, at: call.now, for: configuration.streamDelay)
        return consumer
    }
}
