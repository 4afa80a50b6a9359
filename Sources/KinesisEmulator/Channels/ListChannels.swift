import ServiceKit
package import Shapes
package import Wire

extension KinesisService {
    package func listChannels(_ input: Kinesis.ListChannelsInput, _ call: Call) throws(ServiceError) -> Kinesis.ListChannelsOutput {
        let all = try store.read { try ChannelTable($0).all(account: call.account, region: call.region, at: call.now) }
        let meant = all.filter { channel in input.streamFilter?.contains { Self.isMeant(channel, $0) } ?? true }
        let page = try NamePage(meant, named: \.name, after: input.nextToken, of: "channels", maximum: input.maxResults, call)
        return Kinesis.ListChannelsOutput(channelSummaries: page.shown.map(\.summary), nextToken: page.token)
    }

    private static func isMeant(_ channel: Channel, _ filter: Kinesis.StreamFilter) -> Bool {
        channel.shown.streamConfigurationList.contains { stream in
            stream.streamARN == filter.streamARN
                && (filter.streamCreationTimestamp.map { $0.seconds == stream.streamCreationTimestamp.seconds } ?? true)
        }
    }
}
