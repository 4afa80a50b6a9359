import ServiceKit
import Shapes
import Streams
import Wire

/// The subscriptions of all consumers: one for each consumer and shard.
struct SubscriptionTable: Sendable {
    private struct Key: Hashable {
        var consumer: ConsumerName
        var shard: Int32
    }

    private struct Entry {
        var subscription: Subscription
        /// The client has left.
        var isClosed = false
    }

    private var entries: [Key: Entry] = [:]
    /// When each was last asked for, for the rate that limits enforce.
    private var asked: [Key: Timestamp] = [:]

    /// Milliseconds for which a subscription cannot be taken over.
    static let holdMilliseconds: Int64 = 5000

    /// Takes a new subscription in.
    /// - Parameter keepsSlots: whether a subscription stays taken for `holdMilliseconds` after its client has left. While the clock stands still it
    ///   would for ever.
    /// - Returns: the one that it takes the place of, which has to be ended.
    /// - Throws: `ResourceInUseException` when the earlier one is too young, even if its client has gone.
    mutating func open(_ subscription: Subscription, now: Timestamp, keepsSlots: Bool) throws(ServiceError) -> Subscription? {
        let key = Key(consumer: subscription.consumer, shard: subscription.shard)
        if !keepsSlots { entries = entries.filter { !$0.value.isClosed } }
        let old = entries[key]
        if let old, now.milliseconds - old.subscription.began.milliseconds < Self.holdMilliseconds {
            throw .anotherSubscription(subscription.consumer, subscription.shard)
        }
        // What was closed is kept for its five seconds only.
        entries = entries.filter { !$0.value.isClosed || now.milliseconds - $0.value.subscription.began.milliseconds < Self.holdMilliseconds }
        entries[key] = Entry(subscription: subscription)
        return old?.isClosed == false ? old?.subscription : nil
    }

    /// The server has ended it: another may follow at once.
    mutating func ended(_ subscription: Subscription) {
        let key = Key(consumer: subscription.consumer, shard: subscription.shard)
        if entries[key]?.subscription === subscription { entries[key] = nil }
    }

    mutating func closed(_ subscription: Subscription) {
        let key = Key(consumer: subscription.consumer, shard: subscription.shard)
        if entries[key]?.subscription === subscription { entries[key]?.isClosed = true }
    }

    /// Those that have a client.
    var open: [Subscription] {
        entries.values.filter { !$0.isClosed }.map(\.subscription)
    }

    /// Those of a consumer.
    func all(of consumer: ConsumerName) -> [Subscription] {
        entries.values.filter { $0.subscription.consumer == consumer && !$0.isClosed }.map(\.subscription)
    }

    /// One call a second for each consumer and shard.
    /// - Throws: `LimitExceededException`.
    mutating func countCall(of consumer: ConsumerName, _ shard: Int32, now: Timestamp) throws(ServiceError) {
        asked = asked.filter { now.milliseconds - $0.value.milliseconds < 1000 }
        let key = Key(consumer: consumer, shard: shard)
        guard asked[key] == nil else {
            throw .Kinesis.limitExceeded(
                "Rate exceeded for consumer \(consumer.name) on shard \(ShardID.text(shard)) in stream \(consumer.stream.name)."
            )
        }
        asked[key] = now
    }
}

extension ServiceError {
    static func anotherSubscription(_ consumer: ConsumerName, _ shard: Int32) -> ServiceError {
        let name = "\(consumer.stream.account):\(consumer.stream.name):\(ShardID.text(shard)):\(consumer.name)"
        return .Kinesis.resourceInUse("Another active subscription exists for this consumer: \(name)")
    }
}
