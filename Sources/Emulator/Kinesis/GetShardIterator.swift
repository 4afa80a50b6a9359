package import Shapes
import Streams
package import Wire

extension KinesisService {
    package func getShardIterator(_ input: Kinesis.GetShardIteratorInput, _ call: Call) throws(ServiceError) -> Kinesis.GetShardIteratorOutput {
        let key = try key(input.streamName, input.streamARN, call)
        let index = try shardIndex(input.shardId, in: key)
        guard let stream = find(key, call), stream.shards(.after(index - 1), at: call.now).first?.index == index else {
            throw .shardDoesNotExist(index, in: key)
        }
        let start = try Self.start(input, index, key, call)
        do {
            let position = try stream.engine.position(in: index, at: start, now: call.now.milliseconds)
            if input.dryRun == true { throw ServiceError.dryRun }
            let iterator = ShardIterator(stream: stream.iteratorName, position: position, issued: call.now.milliseconds)
            return Kinesis.GetShardIteratorOutput(shardIterator: token(iterator))
        } catch let error as PositionRefusal {
            throw Self.refusal(error, input, index, key, call)
        } catch let error as ServiceError {
            throw error
        } catch {
            throw .internalFailure(error)
        }
    }

    private static func start(
        _ input: Kinesis.GetShardIteratorInput,
        _ index: Int32,
        _ key: StreamKey,
        _ call: Call
    ) throws(ServiceError) -> Streams.StartingPosition {
        let type = input.shardIteratorType
        let wantsNumber = type == "AT_SEQUENCE_NUMBER" || type == "AFTER_SEQUENCE_NUMBER"
        guard wantsNumber == (input.startingSequenceNumber != nil) else {
            throw .Kinesis.invalidArgument(
                """
                Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or (2) TRIM_HORIZON or LATEST and no \
                StartingSequenceNumber. Request specified \(type) and \(wantsNumber ? "no" : "also a") StartingSequenceNumber.
                """
            )
        }
        switch type {
        case "TRIM_HORIZON": return .trimHorizon
        case "LATEST": return .latest
        case "AT_TIMESTAMP":
            guard let time = input.timestamp else {
                throw .Kinesis.invalidArgument(
                    "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current request has no timestamp parameter."
                )
            }
            return .timestamp(time.milliseconds)
        default:
            guard let number = input.startingSequenceNumber.flatMap({ SequenceNumber($0) }) else { throw foreign(input, index, key, "") }
            return type == "AT_SEQUENCE_NUMBER" ? .at(number) : .after(number)
        }
    }

    private static func refusal(
        _ refusal: PositionRefusal,
        _ input: Kinesis.GetShardIteratorInput,
        _ index: Int32,
        _ key: StreamKey,
        _ call: Call
    ) -> ServiceError {
        switch refusal {
        case .noSuchShard: return .shardDoesNotExist(index, in: key)
        case .otherShard(let other):
            return .Kinesis.invalidArgument(
                """
                Invalid StartingSequenceNumber. It encodes \(ShardID.text(other)), while it was used in a call to a shard with \(ShardID.text(index))
                """
            )
        case .otherStream: return foreign(input, index, key, " because it did not come from this stream")
        // AWS fails on these itself: numbers of the oldest form that are not of this shard.
        case .unreadable: return ServiceError("InternalFailure", nil, status: 500)
        case .future:
            return .Kinesis.invalidArgument(
                """
                The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. \
                timestampInMillis: \(input.timestamp?.milliseconds ?? 0), currentTimestampInMillis: \(call.now.milliseconds)
                """
            )
        }
    }

    private static func foreign(_ input: Kinesis.GetShardIteratorInput, _ index: Int32, _ key: StreamKey, _ reason: String) -> ServiceError {
        .Kinesis.invalidArgument(
            """
            StartingSequenceNumber \(input.startingSequenceNumber ?? "") used in GetShardIterator on shard \(ShardID.text(index)) \
            in stream \(key.name) under account \(key.account) is invalid\(reason).
            """
        )
    }
}
