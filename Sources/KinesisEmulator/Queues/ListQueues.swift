import ServiceKit
package import Shapes
package import Wire

extension KinesisService {
    package func listQueues(_ input: Kinesis.ListQueuesInput, _ call: Call) throws(ServiceError) -> Kinesis.ListQueuesOutput {
        let all = try store.read { try QueueTable($0).all(account: call.account, region: call.region, at: call.now) }
        let meant = all.filter { queue in input.streamFilter?.contains { Self.isMeant(queue, $0) } ?? true }
        let page = try NamePage(meant, named: \.name, after: input.nextToken, of: "queues", maximum: input.maxResults, call)
        return Kinesis.ListQueuesOutput(queueSummaries: page.shown.map(\.summary), nextToken: page.token)
    }

    private static func isMeant(_ queue: StreamQueue, _ filter: Kinesis.QueueStreamFilter) -> Bool {
        queue.stream.arn == filter.streamARN && (filter.streamCreationTimestamp.map { $0.seconds == queue.streamCreated } ?? true)
    }
}
