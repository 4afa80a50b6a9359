import ServiceKit
package import Shapes
import Streams
package import Wire

extension KinesisService {
    package func getShardIterator(_ input: Kinesis.GetShardIteratorInput, _ call: Call) throws(ServiceError) -> Kinesis.GetShardIteratorOutput {
        let key = try key(input.streamName, input.streamARN, call)
        let index = try shardIndex(input.shardId, in: key)
        guard let stream = find(key, call), stream.shows(index, at: call.now) else { throw .shardDoesNotExist(index, in: key) }
        let start = StartingPoint(
            operation: "GetShardIterator",
            shard: index,
            stream: key,
            type: input.shardIteratorType,
            sequenceNumber: input.startingSequenceNumber,
            timestamp: input.timestamp
        )
        let position = try start.position(in: stream.engine, now: call.now)
        if input.dryRun == true { throw .dryRun }
        let iterator = ShardIterator(stream: stream.iteratorName, position: position, issued: call.now.milliseconds)
        return Kinesis.GetShardIteratorOutput(shardIterator: token(iterator))
    }
}

extension HostedStream {
    /// Whether a shard is one that clients can see.
    func shows(_ shard: Int32, at now: Timestamp) -> Bool {
        shards(.after(shard - 1), at: now).first?.index == shard
    }
}
