import Shapes
import Wire

/// How operations find the consumer that they are about.
extension KinesisService {
    /// The consumer that its ARN, or its stream's and its name, mean; when all three are given they must agree.
    /// - Throws: `InvalidArgumentException`, `ResourceNotFoundException`.
    func consumer(
        _ streamARN: String?,
        _ name: String?,
        _ arn: String?,
        _ call: Call
    ) throws(ServiceError) -> (stream: HostedStream, consumer: StreamConsumer) {
        guard let arn else {
            guard let streamARN, let name else {
                throw .Kinesis.invalidArgument("Either ConsumerARN or both StreamARN and ConsumerName should be provided.")
            }
            let stream = try stream(nil, streamARN, call)
            return (stream, try consumer(name, nil, of: stream, call))
        }
        guard let named = ConsumerName(arn: arn) else { throw .Kinesis.invalidArgument("ConsumerARN \(arn) is not the ARN of a consumer.") }
        guard name == nil || name == named.name else {
            throw .Kinesis.invalidArgument("ConsumerName \(name ?? "") and ConsumerARN \(arn) are not of the same consumer.")
        }
        guard streamARN == nil || streamARN == named.stream.arn else {
            throw .Kinesis.invalidArgument("StreamARN \(streamARN ?? "") and ConsumerARN \(arn) are not of the same stream.")
        }
        guard let stream = find(named.stream, call) else { throw .streamNotFound(named.stream) }
        return (stream, try consumer(named.name, named.created, of: stream, call))
    }

    /// - Parameter created: nil for any.
    private func consumer(_ name: String, _ created: Int64?, of stream: HostedStream, _ call: Call) throws(ServiceError) -> StreamConsumer {
        let found = try store.read { try ConsumerTable($0).find(name, of: stream, at: call.now) }
        guard let found, created == nil || created == found.created else { throw .consumerNotFound(name, of: stream.key) }
        return found
    }
}

extension ServiceError {
    static func consumerNotFound(_ name: String, of stream: StreamKey) -> ServiceError {
        .Kinesis.resourceNotFound("Consumer \(name) under stream \(stream.name) and account \(stream.account) not found.")
    }

    static func consumerNotActive(_ consumer: StreamConsumer) -> ServiceError {
        let place = "under stream \(consumer.stream.name) and account \(consumer.stream.account)"
        return .Kinesis.resourceInUse("Consumer \(consumer.name) with creation timestamp \(consumer.created) \(place) is not in ACTIVE status.")
    }
}
