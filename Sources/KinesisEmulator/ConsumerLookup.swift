import ServiceKit
import Shapes
import Wire

/// How operations find the consumer that they are about.
extension KinesisService {
    /// The consumer that its ARN, or its stream's and its name, mean; when all three are given they must agree.
    /// - Throws: `InvalidArgumentException`, `ResourceNotFoundException`.
    func consumer(
        streamARN: String?,
        name: String?,
        arn: String?,
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
        guard let found, created == nil || created == found.created else { throw .consumerNotFound(name, created, of: stream.key) }
        return found
    }
}

extension ServiceError {
    /// - Parameter created: what its ARN says; nil for one that was named.
    static func consumerNotFound(_ name: String, _ created: Int64?, of stream: StreamKey) -> ServiceError {
        let birth = created.map { " with creation timestamp \($0)" } ?? ""
        return .Kinesis.resourceNotFound("Consumer \(name)\(birth) under stream: \(stream.name), account \(stream.account) not found.")
    }

    /// - Parameter isRead: SubscribeToShard and the operations on policies word it each in their way.
    static func consumerNotActive(_ consumer: StreamConsumer, isRead: Bool) -> ServiceError {
        let (stream, account) = (consumer.stream.name, consumer.stream.account)
        let location = isRead ? "under stream: \(stream) , account \(account)" : "under stream \(stream) and account \(account)"
        return .Kinesis.resourceInUse("Consumer \(consumer.name) with creation timestamp \(consumer.created) \(location) is not in ACTIVE status.")
    }
}
