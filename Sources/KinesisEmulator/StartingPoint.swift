import ServiceKit
import Shapes
import Streams
import Wire

/// Where a reader asks to begin, and how it is refused; GetShardIterator and SubscribeToShard ask alike.
struct StartingPoint: Sendable {
    /// For the texts.
    var operation: String
    var shard: Int32
    var stream: StreamKey
    var type: String
    var sequenceNumber: String?
    var timestamp: Timestamp?

    /// - Throws: `InvalidArgumentException`, `ResourceNotFoundException`, and `InternalFailure` where AWS fails on its own numbers.
    func position(in engine: Streams.Stream, now: Timestamp) throws(ServiceError) -> ShardPosition {
        let start = try start()
        do {
            return try engine.position(in: shard, at: start, now: now.milliseconds)
        } catch {
            throw refused(error, now)
        }
    }

    private func start() throws(ServiceError) -> Streams.StartingPosition {
        let wantsNumber = type == "AT_SEQUENCE_NUMBER" || type == "AFTER_SEQUENCE_NUMBER"
        guard wantsNumber == (sequenceNumber != nil) else {
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
            guard let timestamp else {
                throw .Kinesis.invalidArgument(
                    "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current request has no timestamp parameter."
                )
            }
            return .timestamp(timestamp.milliseconds)
        default:
            guard let number = sequenceNumber.flatMap({ SequenceNumber($0) }) else { throw foreign("") }
            return type == "AT_SEQUENCE_NUMBER" ? .at(number) : .after(number)
        }
    }

    private func refused(_ refusal: PositionRefusal, _ now: Timestamp) -> ServiceError {
        switch refusal {
        case .noSuchShard: return .shardDoesNotExist(shard, in: stream)
        case .otherShard(let other):
            return .Kinesis.invalidArgument(
                """
                Invalid StartingSequenceNumber. It encodes \(ShardID.text(other)), while it was used in a call to a shard with \(ShardID.text(shard))
                """
            )
        case .otherStream: return foreign(" because it did not come from this stream")
        // AWS fails on these itself: numbers of the oldest form that name this shard.
        case .unreadable: return ServiceError("InternalFailure", nil, status: 500)
        case .behindTheEnd:
            return .Kinesis.invalidArgument(
                "Invalid SequenceNumber for ShardIteratorType \(type), SequenceNumber has reached max possible value for the shard."
            )
        case .lost(let fault): return .internalFailure(fault)
        case .future:
            return .Kinesis.invalidArgument(
                """
                The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. \
                timestampInMillis: \(timestamp?.milliseconds ?? 0), currentTimestampInMillis: \(now.milliseconds)
                """
            )
        }
    }

    private func foreign(_ reason: String) -> ServiceError {
        .Kinesis.invalidArgument(
            """
            StartingSequenceNumber \(sequenceNumber ?? "") used in \(operation) on shard \(ShardID.text(shard)) \
            in stream \(stream.name) under account \(stream.account) is invalid\(reason).
            """
        )
    }
}
