// swift-format-ignore-file

import ServiceKit
package import Shapes
package import Wire

// What is modelled and not yet built. Each line answers an honest error; building the operation means a file of its own and one line less here.

extension KinesisService {
    package func createChannel(_: Kinesis.CreateChannelInput, _: Call) throws(ServiceError) -> Kinesis.CreateChannelOutput { throw .unsupported("CreateChannel") }
    package func deleteChannel(_: Kinesis.DeleteChannelInput, _: Call) throws(ServiceError) { throw .unsupported("DeleteChannel") }
    package func describeChannel(_: Kinesis.DescribeChannelInput, _: Call) throws(ServiceError) -> Kinesis.DescribeChannelOutput { throw .unsupported("DescribeChannel") }
    package func listChannels(_: Kinesis.ListChannelsInput, _: Call) throws(ServiceError) -> Kinesis.ListChannelsOutput { throw .unsupported("ListChannels") }
    package func updateChannel(_: Kinesis.UpdateChannelInput, _: Call) throws(ServiceError) -> Kinesis.UpdateChannelOutput { throw .unsupported("UpdateChannel") }
}
