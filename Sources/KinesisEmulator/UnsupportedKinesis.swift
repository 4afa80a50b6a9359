// swift-format-ignore-file

import ServiceKit
package import Shapes
package import Wire

// What is modelled and not yet built. Each line answers an honest error; building the operation means a file of its own and one line less here.

extension KinesisService {
    package func acknowledgeDeadLetterQueueRecords(_: Kinesis.AcknowledgeDeadLetterQueueRecordsInput, _: Call) throws(ServiceError) -> Kinesis.AcknowledgeDeadLetterQueueRecordsOutput { throw .unsupported("AcknowledgeDeadLetterQueueRecords") }
    package func acknowledgeQueueRecords(_: Kinesis.AcknowledgeQueueRecordsInput, _: Call) throws(ServiceError) -> Kinesis.AcknowledgeQueueRecordsOutput { throw .unsupported("AcknowledgeQueueRecords") }
    package func createChannel(_: Kinesis.CreateChannelInput, _: Call) throws(ServiceError) -> Kinesis.CreateChannelOutput { throw .unsupported("CreateChannel") }
    package func createQueue(_: Kinesis.CreateQueueInput, _: Call) throws(ServiceError) -> Kinesis.CreateQueueOutput { throw .unsupported("CreateQueue") }
    package func deleteChannel(_: Kinesis.DeleteChannelInput, _: Call) throws(ServiceError) { throw .unsupported("DeleteChannel") }
    package func deleteQueue(_: Kinesis.DeleteQueueInput, _: Call) throws(ServiceError) { throw .unsupported("DeleteQueue") }
    package func describeChannel(_: Kinesis.DescribeChannelInput, _: Call) throws(ServiceError) -> Kinesis.DescribeChannelOutput { throw .unsupported("DescribeChannel") }
    package func describeQueue(_: Kinesis.DescribeQueueInput, _: Call) throws(ServiceError) -> Kinesis.DescribeQueueOutput { throw .unsupported("DescribeQueue") }
    package func listChannels(_: Kinesis.ListChannelsInput, _: Call) throws(ServiceError) -> Kinesis.ListChannelsOutput { throw .unsupported("ListChannels") }
    package func listQueues(_: Kinesis.ListQueuesInput, _: Call) throws(ServiceError) -> Kinesis.ListQueuesOutput { throw .unsupported("ListQueues") }
    package func receiveDeadLetterQueueRecords(_: Kinesis.ReceiveDeadLetterQueueRecordsInput, _: Call) throws(ServiceError) -> Kinesis.ReceiveDeadLetterQueueRecordsOutput { throw .unsupported("ReceiveDeadLetterQueueRecords") }
    package func receiveQueueRecords(_: Kinesis.ReceiveQueueRecordsInput, _: Call) throws(ServiceError) -> Kinesis.ReceiveQueueRecordsOutput { throw .unsupported("ReceiveQueueRecords") }
    package func restoreDeadLetterQueueRecords(_: Kinesis.RestoreDeadLetterQueueRecordsInput, _: Call) throws(ServiceError) -> Kinesis.RestoreDeadLetterQueueRecordsOutput { throw .unsupported("RestoreDeadLetterQueueRecords") }
    package func updateChannel(_: Kinesis.UpdateChannelInput, _: Call) throws(ServiceError) -> Kinesis.UpdateChannelOutput { throw .unsupported("UpdateChannel") }
    package func updateDeadLetterQueueRecordsVisibility(_: Kinesis.UpdateDeadLetterQueueRecordsVisibilityInput, _: Call) throws(ServiceError) -> Kinesis.UpdateDeadLetterQueueRecordsVisibilityOutput { throw .unsupported("UpdateDeadLetterQueueRecordsVisibility") }
    package func updateQueue(_: Kinesis.UpdateQueueInput, _: Call) throws(ServiceError) -> Kinesis.UpdateQueueOutput { throw .unsupported("UpdateQueue") }
    package func updateQueueRecordsVisibility(_: Kinesis.UpdateQueueRecordsVisibilityInput, _: Call) throws(ServiceError) -> Kinesis.UpdateQueueRecordsVisibilityOutput { throw .unsupported("UpdateQueueRecordsVisibility") }
}
