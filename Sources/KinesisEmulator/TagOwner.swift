import Wire

/// Whose tags are meant: a stream's, a consumer's, a queue's or a channel's.
struct TagOwner: Sendable {
    var arn: String
    /// As refusals name it: `stream s under account 000000000000`.
    var description: String

    init(_ stream: StreamKey) {
        arn = stream.arn
        description = "stream \(stream.name) under account \(stream.account)"
    }

    init(_ consumer: StreamConsumer) {
        arn = consumer.arn
        description = "consumer \(consumer.name) under account \(consumer.stream.account)"
    }

    init(_ channel: Channel) {
        arn = channel.resource.text
        description = "channel \(channel.name) under account \(channel.resource.account)"
    }

    init(_ queue: StreamQueue) {
        arn = queue.resource.text
        description = "queue \(queue.name) under account \(queue.resource.account)"
    }
}

extension KinesisService {
    /// The stream, the consumer, the queue or the channel that an ARN means.
    /// - Throws: `InvalidArgumentException`, `ResourceNotFoundException`.
    func tagOwner(_ arn: String, _ call: Call) throws(ServiceError) -> TagOwner {
        if QueueARN(arn) != nil { return TagOwner(try queue(arn, call)) }
        if ChannelARN(arn) != nil { return TagOwner(try channel(arn, call)) }
        guard ConsumerName(arn: arn) != nil else { return TagOwner(try stream(nil, arn, call).key) }
        return TagOwner(try consumer(streamARN: nil, name: nil, arn: arn, call).consumer)
    }
}
