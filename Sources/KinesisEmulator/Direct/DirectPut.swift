import ServiceKit
import Shapes
import Streams
import Wire

/// PutRecord and PutRecords on the fast path.
extension KinesisService {
    var directPutRecord: DirectOperation {
        DirectOperation { [self] body in
            guard let records = PlainRecords(one: body) else { return nil }
            return { (call) throws(ServiceError) in try self.putRecord(records, call) }
        }
    }

    var directPutRecords: DirectOperation {
        DirectOperation { [self] body in
            guard let records = PlainRecords(list: body) else { return nil }
            return { (call) throws(ServiceError) in try self.putRecords(records, call) }
        }
    }

    private func putRecord(_ records: PlainRecords, _ call: Call) throws(ServiceError) -> [UInt8] {
        let (stream, facts) = try receivingStream(records.streamName, records.streamARN, call)
        let intake = try records.intake(into: stream, facts) { _ in "partitionKey" }
        let (shard, number) = try putOne(intake, into: stream, call)
        return JSONOutput.write(bound: 192) { output in
            output.raw("{\"ShardId\":\"")
            output.raw(Array(ShardID.text(shard).utf8))
            output.raw("\",\"SequenceNumber\":\"")
            output.number(number)
            output.raw("\"")
            output.encryption(facts)
            output.raw("}")
        }
    }

    private func putRecords(_ records: PlainRecords, _ call: Call) throws(ServiceError) -> [UInt8] {
        let (stream, facts) = try receivingStream(records.streamName, records.streamARN, call)
        let intake = try records.intake(into: stream, facts) { "records.\($0 + 1).member.partitionKey" }
        try intake.checkSize()
        let outcomes = putBatch(intake, into: stream, call)
        let failures = outcomes.map { outcome -> (code: String, message: String)? in
            if case .stored = outcome { nil } else { failure(outcome, in: stream, call) }
        }
        let failed = failures.count { $0 != nil }
        // The message names the stream and its account; the rest of an entry is below 200 bytes.
        let bound = 128 + outcomes.count * 128 + failed * (256 + 6 * (stream.key.name.utf8.count + stream.key.account.utf8.count))
        return JSONOutput.write(bound: bound) { output in
            output.raw("{\"FailedRecordCount\":")
            output.number(failed)
            output.raw(",\"Records\":[")
            var known: (shard: Int32, id: [UInt8]) = (-1, [])
            for (index, outcome) in outcomes.enumerated() {
                if index > 0 { output.raw(",") }
                switch (outcome, failures[index]) {
                case (.stored(let shard, let number), _):
                    if shard != known.shard { known = (shard, Array(ShardID.text(shard).utf8)) }
                    output.raw("{\"SequenceNumber\":\"")
                    output.number(number)
                    output.raw("\",\"ShardId\":\"")
                    output.raw(known.id)
                    output.raw("\"}")
                case (_, let failure?):
                    output.raw("{\"ErrorCode\":")
                    output.text(failure.code)
                    output.raw(",\"ErrorMessage\":")
                    output.text(failure.message)
                    output.raw("}")
                case (_, nil): preconditionFailure("an entry was stored or has failed")
                }
            }
            output.raw("]")
            output.encryption(facts)
            output.raw("}")
        }
    }
}

extension JSONOutput {
    /// The digits of a sequence number.
    mutating func number(_ number: SequenceNumber) {
        raw { number.write(into: $0) }
    }

    /// The last member of answers of encrypted streams.
    mutating func encryption(_ facts: StreamFacts) {
        if facts.keyID != nil { raw(",\"EncryptionType\":\"KMS\"") }
    }
}
