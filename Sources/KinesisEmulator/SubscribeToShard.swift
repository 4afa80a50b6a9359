import ServiceKit
package import Shapes
import Streams
import Synchronization
package import Wire

extension KinesisService {
    /// What is read follows as events, for which see `Subscription`.
    package func subscribeToShard(_ input: Kinesis.SubscribeToShardInput, _ call: Call) throws(ServiceError) -> Kinesis.SubscribeToShardOutput {
        let (stream, consumer) = try consumer(streamARN: nil, name: nil, arn: input.consumerARN, call)
        let index = try shardIndex(input.shardId, in: stream.key)
        let name = ConsumerName(consumer)
        if configuration.enforcesStreamLimits {
            try subscriptions.withLock { table throws(ServiceError) in try table.countCall(of: name, index, now: call.now) }
        }
        guard consumer.status == .active else { throw .consumerNotActive(consumer, isRead: true) }
        let facts = stream.facts(at: call.now)
        guard facts.status == .active || facts.status == .updating else { throw .notActiveOrUpdating(stream.key, facts) }
        guard stream.shows(index, at: call.now) else { throw .shardDoesNotExist(index, in: stream.key) }
        let start = StartingPoint(
            operation: "SubscribeToShard",
            shard: index,
            stream: stream.key,
            type: input.startingPosition.type,
            sequenceNumber: input.startingPosition.sequenceNumber,
            timestamp: input.startingPosition.timestamp
        )
        let position = try start.position(in: stream.engine, now: call.now)
        if input.dryRun == true { throw .dryRun }
        let subscription = Subscription(name, shard: index, of: stream, from: position, self, call)
        let old = try subscriptions.withLock { table throws(ServiceError) in
            try table.open(subscription, now: call.now, keepsSlots: time.rate > 0)
        }
        old?.end(.anotherSubscription(name, index))
        call.acknowledgement.isFollowed(by: subscription)
        return Kinesis.SubscribeToShardOutput()
    }

    /// Whether a stream is still there and not about to go.
    func hosts(_ stream: HostedStream, at now: Timestamp) -> Bool {
        let status = stream.facts(at: now).status
        return status != .deleting && status != .deleted && registry.withLock { $0.byID[stream.id] != nil }
    }
}
