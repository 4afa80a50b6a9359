import ServiceKit
package import Shapes
package import Wire

extension KinesisService {
    private static let maximumListedQueues = 100

    package func listQueues(_ input: Kinesis.ListQueuesInput, _ call: Call) throws(ServiceError) -> Kinesis.ListQueuesOutput {
        var after: String?
        if let text = input.nextToken {
            guard let name = try StreamPageToken(text, of: "queues", call).string("after") else {
                throw .Kinesis.invalidArgument("Invalid NextToken.")
            }
            after = name
        }
        let all = try store.read { try QueueTable($0).all(account: call.account, region: call.region, at: call.now) }
        let queues = all.filter { queue in
            guard after.map({ queue.name > $0 }) ?? true else { return false }
            return input.streamFilter?.contains { Self.isMeant(queue, $0) } ?? true
        }
        let shown = queues.prefix(min(input.maxResults ?? Self.maximumListedQueues, Self.maximumListedQueues))
        var next: String?
        if queues.count > shown.count, let last = shown.last {
            next = StreamPageToken("queues", [("after", .string(last.name))], call).text
        }
        return Kinesis.ListQueuesOutput(queueSummaries: shown.map(\.summary), nextToken: next)
    }

    private static func isMeant(_ queue: StreamQueue, _ filter: Kinesis.QueueStreamFilter) -> Bool {
        queue.stream.arn == filter.streamARN && (filter.streamCreationTimestamp.map { $0.seconds == queue.streamCreated } ?? true)
    }
}
