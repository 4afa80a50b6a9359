import ServiceKit
package import Shapes
package import Wire

extension KinesisService {
    package func describeQueue(_ input: Kinesis.DescribeQueueInput, _ call: Call) throws(ServiceError) -> Kinesis.DescribeQueueOutput {
        Kinesis.DescribeQueueOutput(queueDescription: try queue(input.queueARN, call).description)
    }
}
