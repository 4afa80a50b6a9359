import ServiceKit
package import Shapes
package import Wire

extension KinesisService {
    package func describeStreamConsumer(
        _ input: Kinesis.DescribeStreamConsumerInput,
        _ call: Call
    ) throws(ServiceError) -> Kinesis.DescribeStreamConsumerOutput {
        let (stream, consumer) = try consumer(streamARN: input.streamARN, name: input.consumerName, arn: input.consumerARN, call)
        let shown = Kinesis.Consumer(consumer)
        return Kinesis.DescribeStreamConsumerOutput(
            consumerDescription: Kinesis.ConsumerDescription(
                consumerName: shown.consumerName,
                consumerARN: shown.consumerARN,
                consumerStatus: shown.consumerStatus,
                consumerCreationTimestamp: shown.consumerCreationTimestamp,
                streamARN: stream.key.arn
            )
        )
    }
}
