import ServiceKit
import Shapes
import Streams
import Synchronization
package import Wire

/// How operations find the stream that they are about.
extension KinesisService {
    /// The stream that a name, an ARN, or both mean; it need not be there.
    /// - Throws: `InvalidArgumentException` when there is neither, or they contradict each other.
    func key(_ name: String?, _ arn: String?, _ call: Call) throws(ServiceError) -> StreamKey {
        guard let arn else {
            guard let name else { throw .Kinesis.invalidArgument("Either StreamName or StreamARN should be provided.") }
            return StreamKey(account: call.account, region: call.region, name: name)
        }
        guard let parts = ARN(arn), parts.service == "kinesis", parts.resource.hasPrefix("stream/") else {
            throw .Kinesis.invalidArgument("StreamARN \(arn) is not the ARN of a stream.")
        }
        let key = StreamKey(account: parts.account, region: parts.region, name: String(parts.resource.dropFirst("stream/".count)))
        guard name == nil || name == key.name else {
            throw .Kinesis.invalidArgument("StreamName \(name ?? "") and StreamARN \(arn) are not of the same stream.")
        }
        return key
    }

    /// The stream of a key, unless its deletion has come to its end, or it is not the caller's.
    func find(_ key: StreamKey, _ call: Call) -> HostedStream? {
        guard key.account == call.account, key.region == call.region else { return nil }
        return registry.withLock { registry in
            guard let stream = registry.byKey[key] else { return nil }
            guard stream.facts(at: call.now).status == .deleted else { return stream }
            registry.remove(stream)
            streamKeys.remove(stream: stream.engine.id)
            return nil
        }
    }

    /// - Throws: `ResourceNotFoundException`.
    package func stream(_ name: String?, _ arn: String?, _ call: Call) throws(ServiceError) -> HostedStream {
        let key = try key(name, arn, call)
        guard let stream = find(key, call) else { throw .streamNotFound(key) }
        return stream
    }

    /// A stream that takes records: one that is being made does not yet.
    func receivingStream(_ name: String?, _ arn: String?, _ call: Call) throws(ServiceError) -> (stream: HostedStream, facts: StreamFacts) {
        let stream = try stream(name, arn, call)
        let facts = stream.facts(at: call.now)
        guard facts.status != .creating else { throw .streamNotFound(stream.key) }
        return (stream, facts)
    }

    /// A stream whose shards or settings may be changed.
    /// - Throws: `ResourceInUseException` unless it is `ACTIVE`.
    func settledStream(_ name: String?, _ arn: String?, _ call: Call) throws(ServiceError) -> (stream: HostedStream, facts: StreamFacts) {
        let stream = try stream(name, arn, call)
        let facts = stream.facts(at: call.now)
        guard facts.status == .active else { throw .notActive(stream.key, facts) }
        return (stream, facts)
    }

    /// The index that a shard's id stands for, raised before anybody looks whether the stream is there.
    func shardIndex(_ id: String, in key: StreamKey) throws(ServiceError) -> Int32 {
        guard let index = ShardID.index(of: id) else { throw .shardNotFound(id, in: key) }
        return index
    }
}

/// What the service says in more than one place.
extension ServiceError {
    static func streamNotFound(_ key: StreamKey) -> ServiceError {
        .Kinesis.resourceNotFound("Stream \(key.name) under account \(key.account) not found.")
    }

    static func notActive(_ key: StreamKey, _ facts: StreamFacts) -> ServiceError {
        .Kinesis.resourceInUse("Stream \(key.name) under account \(key.account) not ACTIVE, instead in state \(facts.status.rawValue)")
    }

    /// As the operations on consumers say it.
    static func notActiveOrUpdating(_ key: StreamKey, _ facts: StreamFacts) -> ServiceError {
        .Kinesis.resourceInUse("Stream \(key.name) under account \(key.account) not ACTIVE or UPDATING, instead in state \(facts.status.rawValue)")
    }

    /// As the operations on shards say it.
    static func shardNotFound(_ id: String, in key: StreamKey) -> ServiceError {
        .Kinesis.resourceNotFound("Could not find shard \(id) in stream \(key.name) under account \(key.account).")
    }

    /// As the operations on iterators say it.
    static func shardDoesNotExist(_ index: Int32, in key: StreamKey) -> ServiceError {
        .Kinesis.resourceNotFound("Shard \(ShardID.text(index)) in stream \(key.name) under account \(key.account) does not exist")
    }

    /// What is asked of a stream too often; `hint` says how often it may be.
    static func rateExceeded(stream key: StreamKey, hint: String? = nil) -> ServiceError {
        var error = ServiceError.Kinesis.limitExceeded("Rate exceeded for stream \(key.name) under account \(key.account).")
        error.hint = hint
        return error
    }

    /// As GetRecords says it.
    static func readRateExceeded(shard index: Int32, in key: StreamKey) -> ServiceError {
        .Kinesis.provisionedThroughputExceeded("Rate exceeded for Shard - \(key.account)/\(key.name)/\(ShardID.text(index))")
    }

    static func rateExceeded(shard index: Int32, in key: StreamKey) -> ServiceError {
        .Kinesis.provisionedThroughputExceeded(rateExceededText(shard: index, in: key))
    }

    static func rateExceededText(shard index: Int32, in key: StreamKey) -> String {
        "Rate exceeded for shard \(ShardID.text(index)) in stream \(key.name) under account \(key.account)."
    }

    /// For requests with `DryRun` that would have been carried out.
    static var dryRun: ServiceError {
        .Kinesis.dryRunOperation("Request would have succeeded, but DryRun flag is set.")
    }

    /// A member that the model leaves out of its required ones and the service asks for all the same.
    static func missing(_ path: String) -> ServiceError {
        .Kinesis.validation(Violation.message([Violation(value: "null", path: path, rule: "Member must not be null")]))
    }
}
