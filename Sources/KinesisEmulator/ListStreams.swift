import ServiceKit
package import Shapes
import Streams
import Synchronization
package import Wire

extension KinesisService {
    private static let maximumListed = 100

    package func listStreams(_ input: Kinesis.ListStreamsInput, _ call: Call) throws(ServiceError) -> Kinesis.ListStreamsOutput {
        let token = try input.nextToken.map { (text) throws(ServiceError) in try StreamPageToken(text, of: "streams", call) }
        let after = input.exclusiveStartStreamName ?? token?.string("after")
        let streams = registry.withLock { $0.all(account: call.account, region: call.region) }
            .filter { stream in stream.facts(at: call.now).status != .deleted && after.map { stream.key.name > $0 } ?? true }
            .sorted { $0.key.name < $1.key.name }
        let shown = streams.prefix(min(input.limit ?? Self.maximumListed, Self.maximumListed))
        let hasMore = streams.count > shown.count
        return Kinesis.ListStreamsOutput(
            streamNames: shown.map { $0.key.name },
            hasMoreStreams: hasMore,
            nextToken: hasMore ? shown.last.map { StreamPageToken("streams", [("after", .string($0.key.name))], call).text } : nil,
            streamSummaries: shown.map { stream in
                Kinesis.StreamSummary(
                    streamName: stream.key.name,
                    streamARN: stream.key.arn,
                    streamStatus: stream.facts(at: call.now).status.rawValue,
                    streamModeDetails: Kinesis.StreamModeDetails(streamMode: stream.engine.mode.rawValue),
                    streamCreationTimestamp: stream.creationTime
                )
            }
        )
    }
}
