import ServiceKit
package import Shapes
import Streams
package import Wire

extension KinesisService {
    private static let maximumListedConsumers = 100

    package func listStreamConsumers(
        _ input: Kinesis.ListStreamConsumersInput,
        _ call: Call
    ) throws(ServiceError) -> Kinesis.ListStreamConsumersOutput {
        let stream = try stream(nil, input.streamARN, call)
        if let created = input.streamCreationTimestamp, created.seconds != stream.engine.created { throw .streamNotFound(stream.key) }
        var after: String?
        if let text = input.nextToken {
            let token = try StreamPageToken(text, of: "consumers", call)
            guard token.integer("stream") == stream.id, let name = token.string("after") else { throw .Kinesis.invalidArgument("Invalid NextToken.") }
            after = name
        }
        let consumers = try store.read { try ConsumerTable($0).all(of: stream, at: call.now) }.filter { consumer in
            after.map { consumer.name > $0 } ?? true
        }
        let shown = consumers.prefix(min(input.maxResults ?? Self.maximumListedConsumers, Self.maximumListedConsumers))
        var next: String?
        if consumers.count > shown.count, let last = shown.last {
            next = StreamPageToken("consumers", [("stream", .integer(stream.id)), ("after", .string(last.name))], call).text
        }
        return Kinesis.ListStreamConsumersOutput(consumers: shown.map { Kinesis.Consumer($0) }, nextToken: next)
    }
}
