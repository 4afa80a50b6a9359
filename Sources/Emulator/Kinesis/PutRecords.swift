import Logging
package import Shapes
import Streams
package import Wire

extension KinesisService {
    /// Partition keys and data of one request together.
    private static let maximumBytes = 10 << 20

    package func putRecords(_ input: Kinesis.PutRecordsInput, _ call: Call) throws(ServiceError) -> Kinesis.PutRecordsOutput {
        let (stream, facts) = try receivingStream(input.streamName, input.streamARN, call)
        var intake = RecordIntake(stream, facts, count: input.records.count)
        for (index, record) in input.records.enumerated() {
            try intake.add(
                data: record.data,
                partitionKey: record.partitionKey,
                explicitHashKey: record.explicitHashKey,
                path: "records.\(index + 1).member.partitionKey"
            )
        }
        guard intake.bytes <= Self.maximumBytes else { throw .Kinesis.invalidArgument("Records size exceeds 10 MB limit") }
        if input.dryRun == true { throw .dryRun }
        var failed = 0
        var ids: [Int32: String] = [:]
        let results = put(intake, into: stream, call).map { outcome -> Kinesis.PutRecordsResultEntry in
            switch outcome {
            case .stored(let shard, let number):
                let id = ids[shard] ?? ShardID.text(shard)
                ids[shard] = id
                return Kinesis.PutRecordsResultEntry(sequenceNumber: number.description, shardId: id)
            case .throttled(let shard):
                failed += 1
                return Kinesis.PutRecordsResultEntry(
                    errorCode: "ProvisionedThroughputExceededException",
                    errorMessage: ServiceError.rateExceededText(shard: shard, in: stream.key)
                )
            case .failed(let error):
                failed += 1
                log.error("a record could not be stored", metadata: ["request": "\(call.requestID)", "cause": "\(error)"])
                return Kinesis.PutRecordsResultEntry(errorCode: "InternalFailure", errorMessage: "Internal Service Failure")
            }
        }
        return Kinesis.PutRecordsOutput(failedRecordCount: failed, records: results, encryptionType: facts.keyID == nil ? nil : "KMS")
    }
}
