import ServiceKit
import Shapes
import Streams
import Synchronization
import Wire

/// How often the operations of the control plane may be called, in a second of the server's clock; enforced with `--kinesis-limits aws` only.
final class ControlRates: Sendable {
    private enum Scope {
        case account, stream
    }

    /// As AWS documents them.
    private static let rates: [String: (perSecond: Int, scope: Scope)] = [
        "AddTagsToStream": (5, .account), "CreateStream": (5, .account), "DeleteStream": (5, .account), "DescribeLimits": (1, .account),
        "DescribeStream": (10, .account), "DescribeStreamSummary": (20, .account), "DescribeStreamConsumer": (20, .stream),
        "RegisterStreamConsumer": (5, .account), "DeregisterStreamConsumer": (5, .stream), "ListStreamConsumers": (5, .stream),
        "ListStreams": (5, .account), "ListShards": (1000, .stream), "ListTagsForStream": (5, .account), "RemoveTagsFromStream": (5, .account),
        "MergeShards": (5, .account), "SplitShard": (5, .account), "UpdateShardCount": (10, .account), "DescribeAccountSettings": (5, .account),
        "UpdateAccountSettings": (5, .account),
    ]
    /// Iterators that a shard gives in a second.
    private static let iterators = 5
    /// Above so many buckets the full ones are forgotten.
    private static let maximumBuckets = 10_000

    private let buckets = Mutex<[String: TokenBucket]>([:])

    /// - Parameter input: checked against its shape.
    /// - Throws: `LimitExceededException`, for iterators `ProvisionedThroughputExceededException`.
    func check(_ operation: String, _ input: Document, _ call: Call) throws(ServiceError) {
        let stream = Self.stream(input)
        if operation == "GetShardIterator" {
            guard let id = input["ShardId"]?.textIfAny, let shard = ShardID.index(of: id) else { return }
            guard take("\(operation)/\(call.account)/\(call.region)/\(stream)/\(shard)", Self.iterators, call) else {
                let key = StreamKey(account: call.account, region: call.region, name: stream)
                throw .rateExceeded(shard: shard, in: key)
            }
            return
        }
        guard let (perSecond, scope) = Self.rates[operation] else { return }
        guard !take("\(operation)/\(call.account)/\(call.region)/\(scope == .account ? "" : stream)", perSecond, call) else { return }
        let hint = "\(operation) can be called \(perSecond) times a second, \(scope == .account ? "by an account in a region" : "for a stream")"
        // The text names what was asked about, whosever rate it is.
        if !stream.isEmpty {
            throw .rateExceeded(stream: StreamKey(account: call.account, region: call.region, name: stream), hint: hint)
        }
        var error = ServiceError.Kinesis.limitExceeded("Rate exceeded for account \(call.account).")
        error.hint = hint
        throw error
    }

    private func take(_ name: String, _ perSecond: Int, _ call: Call) -> Bool {
        buckets.withLock { buckets in
            var bucket = buckets[name] ?? TokenBucket(perSecond: perSecond)
            bucket.refill(at: call.now.milliseconds)
            let isAllowed = bucket.allows(1)
            if isAllowed { bucket.take(1) }
            if buckets.count >= Self.maximumBuckets { buckets = [:] }
            buckets[name] = bucket
            return isAllowed
        }
    }

    /// The name of the stream that an input is about, however it says it.
    private static func stream(_ input: Document) -> String {
        if let name = input["StreamName"]?.textIfAny { return name }
        let arn = input["StreamARN"]?.textIfAny ?? input["ConsumerARN"]?.textIfAny ?? ""
        return arn.split(separator: "/").dropFirst().first.map(String.init) ?? ""
    }
}
