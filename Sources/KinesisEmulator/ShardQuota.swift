import ServiceKit
import Shapes
import Streams
import Synchronization
import Wire

/// How many shards there may be.
extension KinesisService {
    /// Open and closed ones that a single stream can have, whatever the options say: each takes memory.
    static let maximumShards = 10_000

    /// AWS's largest default for the open shards of an account in a region.
    static let defaultShardLimit = 20_000

    /// Open shards that an account may have in a region: as many as the option says, or with AWS's limits its default; nil for no limit.
    var shardLimit: Int? {
        configuration.shardLimit ?? (configuration.enforcesStreamLimits ? Self.defaultShardLimit : nil)
    }

    /// Open shards of an account in its region.
    func openShards(_ call: Call) -> Int {
        registry.withLock { $0.all(account: call.account, region: call.region) }
            .filter { $0.facts(at: call.now).status != .deleted }
            .reduce(0) { $0 + $1.engine.openShardCount }
    }

    /// - Throws: `LimitExceededException` when `more` open shards would be too many.
    func checkQuota(adding more: Int, _ call: Call) throws(ServiceError) {
        if let limit = shardLimit {
            let open = openShards(call)
            if open + more > limit { throw Self.overQuota(open: open, limit: limit, more: more, call, hint: nil) }
        }
    }

    /// - Throws: `LimitExceededException` when a stream would have more shards, open and closed, than it can.
    func checkSize(_ shards: Int, adding more: Int, _ call: Call) throws(ServiceError) {
        guard shards > Self.maximumShards else { return }
        throw Self.overQuota(
            open: openShards(call),
            limit: Self.maximumShards,
            more: more,
            call,
            hint: "a stream of this server has at most \(Self.maximumShards) shards, closed ones included"
        )
    }

    private static func overQuota(open: Int, limit: Int, more: Int, _ call: Call, hint: String?) -> ServiceError {
        var error = ServiceError.Kinesis.limitExceeded(
            """
            This request would exceed the shard limit for the account \(call.account) in \(call.region). \
            Current shard count for the account: \(open). Limit: \(limit). \
            Number of additional shards that would have resulted from this request: \(more). Refer to the AWS Service Limits page \
            (http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits and how to request higher limits.
            """
        )
        error.hint = hint
        return error
    }
}
