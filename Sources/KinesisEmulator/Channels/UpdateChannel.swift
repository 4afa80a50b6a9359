import ServiceKit
package import Shapes
package import Wire

extension KinesisService {
    package func updateChannel(_ input: Kinesis.UpdateChannelInput, _ call: Call) throws(ServiceError) -> Kinesis.UpdateChannelOutput {
        guard input.s3TablesDestinationConfiguration == nil else {
            throw .Kinesis.validation("S3TablesDestinationConfiguration cannot be specified for a channel that delivers to a general purpose bucket.")
        }
        let updated = try change { () throws(ServiceError) in
            var channel = try channel(input.channelARN, call)
            guard channel.status == .active else {
                throw .Kinesis.resourceInUse(
                    "Channel \(channel.name) under account \(call.account) not ACTIVE, instead in state \(channel.status.rawValue)"
                )
            }
            if let seconds = input.s3DestinationConfiguration?.dataFreshnessInSeconds {
                channel.shown.s3DestinationConfiguration?.dataFreshnessInSeconds = try Self.freshness(seconds)
            }
            if let wanted = input.loggingConfiguration?.cloudWatchLogs {
                let old = channel.shown.loggingConfiguration.cloudWatchLogs
                let logs = Kinesis.CloudWatchLogs(
                    enabled: wanted.enabled,
                    logGroupName: wanted.logGroupName ?? old.logGroupName,
                    logStreamName: wanted.logStreamName ?? old.logStreamName
                )
                channel.shown.loggingConfiguration.cloudWatchLogs = Self.logs(logs, channel.resource)
            }
            channel.enter(.updating, at: call.now, for: configuration.streamDelay)
            try store(channel, call)
            return channel
        }
        // The answer is that of a channel under change, though with no delay it is changed already.
        var shown = updated
        shown.shown.channelStatus = Channel.Status.updating.rawValue
        return Kinesis.UpdateChannelOutput(channelDescription: shown.description)
    }
}
