import ServiceKit
package import Shapes
import Streams
package import Wire

extension KinesisService {
    package func putRecord(_ input: Kinesis.PutRecordInput, _ call: Call) throws(ServiceError) -> Kinesis.PutRecordOutput {
        let (stream, facts) = try receivingStream(input.streamName, input.streamARN, call)
        var intake = RecordIntake(stream, facts, count: 1)
        try intake.add(
            data: input.data[...],
            partitionKey: input.partitionKey.map { Array($0.utf8)[...] },
            explicitHashKey: input.explicitHashKey,
            path: "partitionKey"
        )
        if let text = input.sequenceNumberForOrdering { try checkOrdering(text, stream, call) }
        if input.dryRun == true { throw .dryRun }
        let (shard, number) = try putOne(intake, into: stream, call)
        return Kinesis.PutRecordOutput(
            shardId: ShardID.text(shard),
            sequenceNumber: number.description,
            encryptionType: facts.keyID == nil ? nil : "KMS"
        )
    }

    /// Puts the one record that was taken in.
    func putOne(_ intake: RecordIntake, into stream: HostedStream, _ call: Call) throws(ServiceError) -> (shard: Int32, number: SequenceNumber) {
        switch put(intake, into: stream, call).first {
        case .stored(let shard, let number)?:
            stream.figures.putRecordBytes.add(intake.bytes)
            return (shard, number)
        case .throttled(let shard)?:
            stream.figures.throttledWrites.add(1)
            throw .rateExceeded(shard: shard, in: stream.key)
        case .failed(let error)?: throw .internalFailure(error)
        case nil: preconditionFailure("a record that was put has an outcome")
        }
    }

    /// Order inside a shard is kept anyway, so the number only has to be one that the past can have given out.
    private func checkOrdering(_ text: String, _ stream: HostedStream, _ call: Call) throws(ServiceError) {
        guard let number = SequenceNumber(text), number.second <= max(call.now.seconds, stream.engine.newestBirth) else {
            throw .Kinesis.invalidArgument(
                """
                ExclusiveMinimumSequenceNumber \(text) used in PutRecord on stream \(stream.key.name) under account \(stream.key.account) is invalid.
                """
            )
        }
    }
}
