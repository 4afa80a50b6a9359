import ServiceKit
import Shapes
import Streams
import Synchronization
package import Wire

/// `/_personalite/readers`: who reads a stream, and how far behind they are.
extension KinesisService {
    /// - Parameters:
    ///   - query: as it was sent; `streamArn`, once.
    ///   - others: who follows the stream with that ARN besides those that the service knows.
    /// - Throws: `InvalidArgumentException` for anything else, `ResourceNotFoundException` for a stream that is not there.
    package func readers(query: String, _ call: Call, others: (String) -> (String, Document)) throws(ServiceError) -> Document {
        guard let pairs = Percent.pairs(query: query), pairs.count == 1, pairs[0].name == "streamArn" else {
            throw .Kinesis.invalidArgument("The parameter is streamArn, once.")
        }
        // Nobody signs these requests, so the ARN says whose the stream is.
        let arn = pairs[0].value
        let stream = try stream(nil, arn, ARN(arn).map { call.from(account: $0.account, region: $0.region) } ?? call)
        let reads = stream.reads.all.sorted { $0.key < $1.key }.map { shard, read -> Document in
            .members([
                ("shardId", .string(ShardID.text(shard))), ("at", .timestamp(Timestamp(milliseconds: read.at))),
                ("millisBehindLatest", .integer(read.behind)), ("records", .integer(Int64(read.records))), ("answers", .integer(Int64(read.answers))),
                ("isAtEnd", .boolean(Self.isAtEnd(read.next, of: stream, call.now))),
            ])
        }
        let open = subscriptions.withLock { $0.open }.filter { $0.consumer.stream == stream.key }
        let subscribed = open.sorted { ($0.consumer.name, $0.shard) < ($1.consumer.name, $1.shard) }.map { subscription -> Document in
            let lag = subscription.lag
            return .members([
                ("consumer", .string(subscription.consumer.name)), ("shardId", .string(ShardID.text(subscription.shard))),
                ("since", .timestamp(subscription.began)), ("at", .timestamp(Timestamp(milliseconds: lag.at))),
                ("millisBehindLatest", .integer(lag.behind)), ("isAtEnd", .boolean(Self.isAtEnd(subscription.position, of: stream, call.now))),
            ])
        }
        let positions = Dictionary(grouping: stream.reads.all.values.map(\.next) + open.map(\.position), by: \.shardIndex)
        let unread = stream.engine.shards(at: call.now.milliseconds).filter { shard in
            let beginning = ShardPosition(shardIndex: shard.index, shardCreated: shard.created, counter: 0)
            return !(positions[shard.index, default: []] + [beginning]).contains { Self.isAtEnd($0, of: stream, call.now) }
        }
        return .members([
            ("now", .timestamp(call.now)), ("iterators", .list(reads)), ("subscriptions", .list(subscribed)),
            ("unread", .list(unread.map { .string($0.id) })), others(stream.key.arn),
        ])
    }

    /// Whether no record comes after a position. What cannot be read is nobody's to read any more.
    private static func isAtEnd(_ position: ShardPosition, of stream: HostedStream, _ now: Timestamp) -> Bool {
        guard let page = try? stream.engine.read(from: position, limit: 1, now: now.milliseconds, isCharged: false) else { return true }
        return page.count == 0 && page.millisBehindLatest == 0
    }
}
