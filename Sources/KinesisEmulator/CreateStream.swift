import ServiceKit
package import Shapes
import Streams
import Synchronization
package import Wire

extension KinesisService {
    package func createStream(_ input: Kinesis.CreateStreamInput, _ call: Call) throws(ServiceError) {
        let order = try StreamOrder(input)
        if let warm = order.facts.warm { try checkWarmThroughput(warm.target, isOnDemand: order.mode == .onDemand, call) }
        try create(order, StreamKey(account: call.account, region: call.region, name: input.streamName), call)
    }

    /// Makes a stream, stored before it is there.
    private func create(_ order: StreamOrder, _ key: StreamKey, _ call: Call) throws(ServiceError) {
        try change { () throws(ServiceError) in
            guard find(key, call) == nil else {
                throw .Kinesis.resourceInUse("Stream \(key.name) under account \(key.account) already exists.")
            }
            try checkTransitions(call)
            try checkQuota(adding: order.shardCount, call)
            if order.mode == .onDemand { try checkOnDemandQuota(call) }
            try checkSize(order.shardCount, adding: order.shardCount, call)
            var facts = order.facts
            facts.enter(.creating, at: call.now, for: configuration.streamDelay)
            try store.write { [facts] transaction in
                let table = StreamTable(transaction)
                try table.purge(at: call.now)
                let id = try table.insert(key)
                let engine = Streams.Stream(
                    id: UInt64(id),
                    name: key.name,
                    created: call.now.seconds,
                    shardCount: order.shardCount,
                    mode: order.mode,
                    limits: throughputLimits,
                    log: recordLog,
                    memory: memory
                )
                try table.update(id, facts)
                try table.update(id, engine.snapshot)
                try StreamTags.add(order.tags, to: TagOwner(key), transaction.database)
                let made = HostedStream(id: id, key: key, engine: engine, facts: facts)
                transaction.afterCommit { [self] in host(made, $0) }
            }
        }
    }

    /// Streams of an account that may be coming or going at a time, together; enforced with the other limits only.
    private static let maximumTransitions = 5

    /// - Parameter changed: the stream that is to be deleted, which counts once.
    func checkTransitions(_ call: Call, of changed: HostedStream? = nil) throws(ServiceError) {
        guard configuration.enforcesStreamLimits else { return }
        let others = registry.withLock { $0.all(account: call.account, region: call.region) }.filter { $0 !== changed }
        guard others.count(where: { [.creating, .deleting].contains($0.facts(at: call.now).status) }) >= Self.maximumTransitions else { return }
        // In AWS's own grammar, which Terraform looks for.
        throw .Kinesis.limitExceeded(
            """
            This request would have exceed the limit on the number of streams that can simultaneously be in CREATING or DELETING \
            for the account \(call.account). Limit: \(Self.maximumTransitions).
            """
        )
    }
}

/// What somebody wants a stream to be.
struct StreamOrder: Sendable {
    var shardCount: Int
    var mode: StreamMode
    var facts: StreamFacts
    var tags: [String: String]

    /// Streams whose caller names no number get as many shards as AWS gives them.
    static let defaultShards = 4

    init(_ input: Kinesis.CreateStreamInput) throws(ServiceError) {
        mode = input.streamModeDetails.flatMap { StreamMode(rawValue: $0.streamMode) } ?? .provisioned
        if input.streamModeDetails != nil, mode == .provisioned, input.shardCount == nil {
            throw .Kinesis.validation("ShardCount must be provided for a stream in PROVISIONED mode.")
        }
        guard mode == .provisioned || input.shardCount == nil else {
            throw .Kinesis.validation("ShardCount cannot be provided for a stream in ON_DEMAND mode.")
        }
        let spreads = input.recordDistributionStrategy == "AUTO"
        guard !spreads || mode == .onDemand else { throw .spreadingNeedsOnDemand }
        shardCount = input.shardCount ?? Self.defaultShards
        facts = StreamFacts(status: .creating, maxRecordKiB: input.maxRecordSizeInKiB ?? 1024, spreadsRecords: spreads)
        facts.warm = input.warmThroughputMiBps.map { WarmThroughput(target: $0, current: 0) }
        tags = input.tags ?? [:]
        try StreamTags.check(tags, by: .stream, adding: true)
    }
}
