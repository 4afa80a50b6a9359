import ServiceKit
package import Shapes
package import Wire

extension KinesisService {
    /// What is not delivered yet is not delivered any more.
    package func deleteChannel(_ input: Kinesis.DeleteChannelInput, _ call: Call) throws(ServiceError) {
        try change { () throws(ServiceError) in
            var channel = try channel(input.channelARN, call)
            guard channel.status != .deleting else { return }
            channel.enter(.deleting, at: call.now, for: configuration.streamDelay)
            try store(channel, call)
        }
    }
}
