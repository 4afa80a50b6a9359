import Logging
import ServiceKit
package import Shapes
import Streams
package import Wire

extension KinesisService {
    package func putRecords(_ input: Kinesis.PutRecordsInput, _ call: Call) throws(ServiceError) -> Kinesis.PutRecordsOutput {
        let (stream, facts) = try receivingStream(input.streamName, input.streamARN, call)
        var intake = RecordIntake(stream, facts, count: input.records.count)
        for (index, record) in input.records.enumerated() {
            try intake.add(
                data: record.data[...],
                partitionKey: record.partitionKey.map { Array($0.utf8)[...] },
                explicitHashKey: record.explicitHashKey,
                path: "records.\(index + 1).member.partitionKey"
            )
        }
        try intake.checkSize()
        if input.dryRun == true { throw .dryRun }
        var failed = 0
        var ids: [Int32: String] = [:]
        let results = putBatch(intake, into: stream, call).map { outcome -> Kinesis.PutRecordsResultEntry in
            if case .stored(let shard, let number) = outcome {
                let id = ids[shard] ?? ShardID.text(shard)
                ids[shard] = id
                return Kinesis.PutRecordsResultEntry(sequenceNumber: number.description, shardId: id)
            }
            failed += 1
            let (code, message) = failure(outcome, in: stream, call)
            return Kinesis.PutRecordsResultEntry(errorCode: code, errorMessage: message)
        }
        return Kinesis.PutRecordsOutput(failedRecordCount: failed, records: results, encryptionType: facts.keyID == nil ? nil : "KMS")
    }

    /// What is said of an entry that was not stored; what is the matter with this server is logged.
    func failure(_ outcome: PutOutcome, in stream: HostedStream, _ call: Call) -> (code: String, message: String) {
        switch outcome {
        case .throttled(let shard):
            return ("ProvisionedThroughputExceededException", ServiceError.rateExceededText(shard: shard, in: stream.key))
        case .failed(let error):
            log.error("a record could not be stored", metadata: ["request": "\(call.requestID)", "cause": "\(error)"])
            return ("InternalFailure", "Internal Service Failure")
        case .stored: preconditionFailure("an entry that was stored has not failed")
        }
    }
}
