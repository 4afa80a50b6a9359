import ServiceKit
package import Shapes
package import Wire

extension KinesisService {
    package func describeChannel(_ input: Kinesis.DescribeChannelInput, _ call: Call) throws(ServiceError) -> Kinesis.DescribeChannelOutput {
        Kinesis.DescribeChannelOutput(channelDescription: try channel(input.channelARN, call).description)
    }
}
