import ServiceKit
package import Shapes
import Streams
package import Wire

extension KinesisService {
    private static let maximumListed = 1000

    package func listShards(_ input: Kinesis.ListShardsInput, _ call: Call) throws(ServiceError) -> Kinesis.ListShardsOutput {
        let query = if let token = input.nextToken { try ShardQuery(token: token, input, call) } else { try ShardQuery(input, self, call) }
        guard let stream = find(query.key, call), query.created == nil || query.created == stream.engine.created else {
            throw .streamNotFound(query.key)
        }
        let shards = stream.shards(query.filter, at: call.now).filter { $0.index > query.after }
        let shown = shards.prefix(min(input.maxResults ?? Self.maximumListed, Self.maximumListed))
        var next: String?
        if shards.count > shown.count, let last = shown.last { next = query.token(after: last.index, of: stream, call) }
        return Kinesis.ListShardsOutput(shards: shown.map { Kinesis.Shard($0) }, nextToken: next)
    }
}

/// What ListShards is asked: by a stream's name and a filter, or by a token that remembers both.
private struct ShardQuery {
    var key: StreamKey
    /// Epoch seconds, to tell a stream from an older one of the same name.
    var created: Int64?
    var after: Int32 = -1
    var filter = Streams.ShardFilter.fromTrimHorizon
    private var filterType: String?
    private var filterShard: String?
    private var filterTime: Timestamp?

    init(_ input: Kinesis.ListShardsInput, _ service: KinesisService, _ call: Call) throws(ServiceError) {
        guard input.streamName != nil || input.streamARN != nil else {
            throw .Kinesis.invalidArgument("Either NextToken or StreamName should be provided.")
        }
        key = try service.key(input.streamName, input.streamARN, call)
        created = input.streamCreationTimestamp?.seconds
        if let id = input.exclusiveStartShardId { after = try service.shardIndex(id, in: key) }
        if let asked = input.shardFilter { try use(asked.type, asked.shardId, asked.timestamp) }
    }

    /// The query that a token stands for; nothing else may be said beside it but the size of the page.
    init(token text: String, _ input: Kinesis.ListShardsInput, _ call: Call) throws(ServiceError) {
        let others: [(name: String, isGiven: Bool)] = [
            ("StreamName", input.streamName != nil || input.streamARN != nil), ("ExclusiveStartShardId", input.exclusiveStartShardId != nil),
            ("ShardFilter", input.shardFilter != nil), ("StreamCreationTimestamp", input.streamCreationTimestamp != nil),
        ]
        if let other = others.first(where: { $0.isGiven }) {
            throw .Kinesis.invalidArgument("NextToken and \(other.name) cannot be provided together.")
        }
        try self.init(StreamPageToken(text, of: "shards", call), call)
    }

    private init(_ token: StreamPageToken, _ call: Call) throws(ServiceError) {
        guard let name = token.string("name"), let last = token.integer("after"), let last = Int32(exactly: last) else {
            throw .Kinesis.invalidArgument("Invalid NextToken.")
        }
        key = StreamKey(account: call.account, region: call.region, name: name)
        created = token.integer("created")
        after = last
        if let type = token.string("filter") {
            try use(type, token.string("shard"), token.integer("time").map { Timestamp(milliseconds: $0) })
        }
    }

    private mutating func use(_ type: String, _ shard: String?, _ time: Timestamp?) throws(ServiceError) {
        (filterType, filterShard, filterTime) = (type, shard, time)
        if type != "AFTER_SHARD_ID", shard != nil {
            throw .Kinesis.invalidArgument("ShardId cannot be provided with a ShardFilter of type \(type).")
        }
        if !type.hasSuffix("_TIMESTAMP"), time != nil {
            throw .Kinesis.invalidArgument("Timestamp cannot be provided with a ShardFilter of type \(type).")
        }
        switch type {
        case "AFTER_SHARD_ID":
            guard let shard else { throw .Kinesis.invalidArgument("ShardId must be provided with a ShardFilter of type \(type).") }
            guard let index = ShardID.index(of: shard) else { throw .shardNotFound(shard, in: key) }
            filter = .after(index)
        case "AT_TRIM_HORIZON": filter = .atTrimHorizon
        case "AT_LATEST": filter = .atLatest
        case "AT_TIMESTAMP": filter = .atTimestamp(try Self.milliseconds(time, type))
        case "FROM_TIMESTAMP": filter = .fromTimestamp(try Self.milliseconds(time, type))
        default: filter = .fromTrimHorizon
        }
    }

    private static func milliseconds(_ time: Timestamp?, _ type: String) throws(ServiceError) -> Int64 {
        guard let time else { throw .Kinesis.invalidArgument("Timestamp must be provided with a ShardFilter of type \(type).") }
        return time.milliseconds
    }

    func token(after index: Int32, of stream: HostedStream, _ call: Call) -> String {
        var fields: [(String, Document)] = [
            ("name", .string(key.name)), ("created", .integer(stream.engine.created)), ("after", .integer(Int64(index))),
        ]
        if let filterType { fields.append(("filter", .string(filterType))) }
        if let filterShard { fields.append(("shard", .string(filterShard))) }
        if let filterTime { fields.append(("time", .integer(filterTime.milliseconds))) }
        return StreamPageToken("shards", fields, call).text
    }
}
