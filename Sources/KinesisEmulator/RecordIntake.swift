import ServiceKit
import Shapes
import Streams
import Wire

/// Records on their way into a stream: checked, hashed, and laid side by side for the engine. The fast and the slow path
/// both use it, so that they check the same.
struct RecordIntake {
    private let stream: HostedStream
    private let facts: StreamFacts
    private(set) var entries: [PutEntry] = []
    private(set) var bytes = 0

    /// Partition keys and data of one request together.
    static let maximumBytes = 10 << 20

    init(_ stream: HostedStream, _ facts: StreamFacts, count: Int) {
        self.stream = stream
        self.facts = facts
        entries.reserveCapacity(count)
    }

    /// - Parameters:
    ///   - partitionKey: UTF-8.
    ///   - path: how AWS names the partition key in a refusal.
    /// - Throws: `InvalidArgumentException` for a hash key out of range and a record that is too large, `ValidationException` without a key.
    mutating func add(
        data: ArraySlice<UInt8>,
        partitionKey: ArraySlice<UInt8>?,
        explicitHashKey: String?,
        path: @autoclosure () -> String
    ) throws(ServiceError) {
        guard partitionKey != nil || facts.spreadsRecords else { throw .missing(path()) }
        let key = partitionKey ?? []
        let size = key.count + data.count
        guard size <= facts.maxRecordKiB << 10 else {
            throw .Kinesis.invalidArgument(
                """
                The record of \(size) bytes exceeds the maximum record size of \(facts.maxRecordKiB) KiB \
                of stream \(stream.key.name) under account \(stream.key.account).
                """
            )
        }
        entries.append(PutEntry(hashKey: try hashKey(explicitHashKey, key), partitionKey: key, data: data))
        bytes += size
    }

    private func hashKey(_ explicit: String?, _ partitionKey: ArraySlice<UInt8>) throws(ServiceError) -> UInt128 {
        if let explicit {
            guard let key = HashKey.parse(explicit) else {
                throw .Kinesis.invalidArgument(
                    "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was \(explicit)"
                )
            }
            if !facts.spreadsRecords { return key }
        }
        if facts.spreadsRecords { return UInt128.random(in: .min ... .max) }
        return partitionKey.withUnsafeBytes { MD5.number($0) }
    }

    /// - Throws: `InvalidArgumentException` when the records of one request are too large together.
    func checkSize() throws(ServiceError) {
        guard bytes <= Self.maximumBytes else { throw .Kinesis.invalidArgument("Records size exceeds 10 MB limit") }
    }
}

extension RecordIntake {
    /// The same without the entries at these indices.
    fileprivate func without(_ indices: Set<Int>) -> RecordIntake {
        var rest = self
        rest.entries = entries.enumerated().filter { !indices.contains($0.offset) }.map(\.element)
        return rest
    }
}

extension KinesisService {
    /// Puts a batch, of which single records may fail on purpose (`streamErrorProbability`).
    func putBatch(_ intake: RecordIntake, into stream: HostedStream, _ call: Call) -> [PutOutcome] {
        let probability = configuration.streamErrorProbability
        guard probability > 0 else {
            let outcomes = put(intake, into: stream, call)
            stream.figures.note(outcomes, bytes: intake.bytes)
            return outcomes
        }
        let failing = Set(intake.entries.indices.filter { _ in random.draw() < probability })
        var stored = put(intake.without(failing), into: stream, call)[...]
        let outcomes = intake.entries.enumerated().map { index, entry -> PutOutcome in
            if !failing.contains(index), let outcome = stored.popFirst() { return outcome }
            return .throttled(shard: stream.engine.shard(taking: entry.hashKey, at: call.now.milliseconds))
        }
        stream.figures.note(outcomes, bytes: intake.bytes)
        return outcomes
    }

    /// Puts what was taken in; the answer to `call` waits until the log has it.
    func put(_ intake: RecordIntake, into stream: HostedStream, _ call: Call) -> [PutOutcome] {
        let placement = stream.engine.put(intake.entries, at: call.now.milliseconds)
        if let commit = placement.commit { call.acknowledgement.waits(for: PendingWrite(commit)) }
        if configuration.scalesOnDemand { noteLoad(placement.outcomes, of: intake.entries, into: stream, at: call.now) }
        sweepIfDue(call.now)
        enforceBudgetIfDue()
        return placement.outcomes
    }
}
