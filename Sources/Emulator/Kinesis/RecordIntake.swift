import Shapes
import Streams
import Wire

/// Records on their way into a stream: checked, hashed, and laid side by side for the engine.
struct RecordIntake {
    private let stream: HostedStream
    private let facts: StreamFacts
    /// The partition keys of all entries, one after the other: one piece of memory for a whole request.
    private var keys: [UInt8] = []
    private var drafts: [(hashKey: UInt128, keyEnd: Int, data: [UInt8])] = []
    private(set) var bytes = 0

    init(_ stream: HostedStream, _ facts: StreamFacts, count: Int) {
        self.stream = stream
        self.facts = facts
        keys.reserveCapacity(count * 16)
        drafts.reserveCapacity(count)
    }

    /// - Parameter path: how AWS names the partition key in a refusal.
    /// - Throws: `InvalidArgumentException` for a hash key out of range and a record that is too large, `ValidationException` without a key.
    mutating func add(data: [UInt8], partitionKey: String?, explicitHashKey: String?, path: @autoclosure () -> String) throws(ServiceError) {
        var key = partitionKey ?? ""
        guard partitionKey != nil || facts.spreadsRecords else { throw .missing(path()) }
        let start = keys.count
        let digest = key.withUTF8 { text -> UInt128 in
            keys.append(contentsOf: text)
            return explicitHashKey == nil && !facts.spreadsRecords ? MD5.number(UnsafeRawBufferPointer(text)) : 0
        }
        let size = keys.count - start + data.count
        guard size <= facts.maxRecordKiB << 10 else {
            throw .Kinesis.invalidArgument(
                """
                The record of \(size) bytes exceeds the maximum record size of \(facts.maxRecordKiB) KiB \
                of stream \(stream.key.name) under account \(stream.key.account).
                """
            )
        }
        drafts.append((try hashKey(explicitHashKey, digest), keys.count, data))
        bytes += size
    }

    private func hashKey(_ explicit: String?, _ digest: UInt128) throws(ServiceError) -> UInt128 {
        if let explicit {
            guard let key = HashKey.parse(explicit) else {
                throw .Kinesis.invalidArgument(
                    "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was \(explicit)"
                )
            }
            if !facts.spreadsRecords { return key }
        }
        return facts.spreadsRecords ? UInt128.random(in: .min ... .max) : digest
    }

    /// The entries, in the order they were added.
    func entries() -> [PutEntry] {
        var start = 0
        return drafts.map { draft in
            defer { start = draft.keyEnd }
            return PutEntry(hashKey: draft.hashKey, partitionKey: keys[start..<draft.keyEnd], data: draft.data[...])
        }
    }
}

extension KinesisService {
    /// Puts what was taken in; the answer to `call` waits until the log has it.
    func put(_ intake: RecordIntake, into stream: HostedStream, _ call: Call) -> [PutOutcome] {
        let placement = stream.engine.put(intake.entries(), at: call.now.milliseconds)
        if let commit = placement.commit {
            call.acknowledgement.waits { done in
                commit.whenDecided { outcomes in
                    for case .failed(let error) in outcomes { return done(error) }
                    done(nil)
                }
            }
        }
        sweepIfDue(call.now)
        return placement.outcomes
    }
}
