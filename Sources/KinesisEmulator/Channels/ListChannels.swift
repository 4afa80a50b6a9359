import ServiceKit
package import Shapes
package import Wire

extension KinesisService {
    private static let maximumListedChannels = 100

    package func listChannels(_ input: Kinesis.ListChannelsInput, _ call: Call) throws(ServiceError) -> Kinesis.ListChannelsOutput {
        var after: String?
        if let text = input.nextToken {
            guard let name = try StreamPageToken(text, of: "channels", call).string("after") else {
                throw .Kinesis.invalidArgument("Invalid NextToken.")
            }
            after = name
        }
        let all = try store.read { try ChannelTable($0).all(account: call.account, region: call.region, at: call.now) }
        let channels = all.filter { channel in
            guard after.map({ channel.name > $0 }) ?? true else { return false }
            return input.streamFilter?.contains { Self.isMeant(channel, $0) } ?? true
        }
        let shown = channels.prefix(min(input.maxResults ?? Self.maximumListedChannels, Self.maximumListedChannels))
        var next: String?
        if channels.count > shown.count, let last = shown.last {
            next = StreamPageToken("channels", [("after", .string(last.name))], call).text
        }
        return Kinesis.ListChannelsOutput(channelSummaries: shown.map(\.summary), nextToken: next)
    }

    private static func isMeant(_ channel: Channel, _ filter: Kinesis.StreamFilter) -> Bool {
        channel.shown.streamConfigurationList.contains { stream in
            stream.streamARN == filter.streamARN
                && (filter.streamCreationTimestamp.map { $0.seconds == stream.streamCreationTimestamp.seconds } ?? true)
        }
    }
}
