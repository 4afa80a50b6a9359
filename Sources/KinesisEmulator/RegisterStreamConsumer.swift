import ServiceKit
package import Shapes
import Streams
import Synchronization
package import Wire

extension KinesisService {
    /// Consumers and queues that a stream can have, and an on-demand stream of an account that is committed to a minimum of throughput (On-demand Advantage).
    static let maximumConsumers = (usual: 20, advantage: 50)
    /// Of them in the making at a time; enforced with the other limits only.
    private static let maximumCreating = 5

    package func registerStreamConsumer(
        _ input: Kinesis.RegisterStreamConsumerInput,
        _ call: Call
    ) throws(ServiceError) -> Kinesis.RegisterStreamConsumerOutput {
        let tags = input.tags ?? [:]
        try StreamTags.check(tags, by: .resource, adding: true)
        let consumer = try change { () throws(ServiceError) in
            let stream = try stream(nil, input.streamARN, call)
            let facts = stream.facts(at: call.now)
            guard facts.status == .active || facts.status == .updating else { throw .notActiveOrUpdating(stream.key, facts) }
            return try store.write { transaction in
                let table = ConsumerTable(transaction.database)
                try table.purge(stream, at: call.now)
                let others = try table.all(of: stream, at: call.now)
                try checkName(input.consumerName, among: others, of: stream.key)
                try checkConsumerLimit(of: stream, transaction, call)
                try checkCreating(others, of: stream.key)
                let consumer = newConsumer(input.consumerName, of: stream, call)
                try table.put(consumer, of: stream)
                try StreamTags.add(tags, to: TagOwner(consumer), transaction.database)
                return consumer
            }
        }
        return Kinesis.RegisterStreamConsumerOutput(consumer: Kinesis.Consumer(consumer))
    }

    private func checkName(_ name: String, among others: [StreamConsumer], of key: StreamKey) throws(ServiceError) {
        guard !others.contains(where: { $0.name == name }) else {
            throw .Kinesis.resourceInUse("Consumer \(name) under stream \(key.name) already exists for account \(key.account).")
        }
    }

    private func checkCreating(_ others: [StreamConsumer], of key: StreamKey) throws(ServiceError) {
        if configuration.enforcesStreamLimits, others.count(where: { $0.status == .creating }) >= Self.maximumCreating {
            throw .rateExceeded(stream: key, hint: "\(Self.maximumCreating) consumers of a stream can be in the CREATING state at a time")
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
