import ServiceKit
package import Shapes
import Streams
package import Wire

extension KinesisService {
    /// The queue begins where it is asked to at this moment, whatever comes while it is being made.
    package func createQueue(_ input: Kinesis.CreateQueueInput, _ call: Call) throws(ServiceError) -> Kinesis.CreateQueueOutput {
        guard let configuration = input.streamConfigurationList.first, input.streamConfigurationList.count == 1 else {
            throw .Kinesis.validation("StreamConfigurationList must contain exactly one stream.")
        }
        let tags = input.tags ?? [:]
        try StreamTags.check(tags, by: .resource, adding: true)
        guard tags.count <= StreamTags.maximum else { throw .Kinesis.validation("A queue cannot have more than \(StreamTags.maximum) tags.") }
        var settings = StreamQueue.Settings()
        try settings.apply(input.queueAttributes)
        let start = try QueueStart(configuration.startingPosition)
        let queue = try change { [settings] () throws(ServiceError) in
            let stream = try stream(nil, configuration.streamARN, call)
            let facts = stream.facts(at: call.now)
            guard facts.status == .active || facts.status == .updating else { throw .notActiveOrUpdating(stream.key, facts) }
            guard stream.engine.mode == .onDemand else {
                throw .Kinesis.validation(
                    "Stream \(stream.key.name) under account \(stream.key.account) is not in On-Demand mode, which queues need."
                )
            }
            let cursors = try start.cursors(in: stream.engine, call)
            return try store.write { transaction in
                let table = QueueTable(transaction.database)
                try table.purge(at: call.now)
                guard try !table.all(account: call.account, region: call.region, at: call.now).contains(where: { $0.name == input.queueName }) else {
                    throw ServiceError.Kinesis.resourceInUse("Queue \(input.queueName) under account \(call.account) already exists.")
                }
                try checkConsumerLimit(of: stream, transaction, call)
                var queue = StreamQueue(
                    id: transaction.newID(of: .queue),
                    name: input.queueName,
                    resource: QueueARN(account: call.account, region: call.region, id: UUIDText.random()),
                    stream: stream.key,
                    streamID: stream.id,
                    streamCreated: stream.engine.created,
                    created: call.now,
                    status: .creating,
                    start: start.type,
                    asked: start.timestamp,
                    began: start.effective(in: stream.engine, call),
                    settings: settings
                )
                queue.enter(.creating, at: call.now, for: self.configuration.streamDelay)
                try table.put(queue)
                try table.save(QueueChanges(cursors: cursors.map { (shard: $0.key, counter: $0.value) }), of: queue.id)
                try StreamTags.add(tags, to: TagOwner(queue), transaction.database)
                return queue
            }
        }
        var shown = queue
        // The answer is that of a queue in the making, though with no delay it is made already.
        shown.status = .creating
        return Kinesis.CreateQueueOutput(queueDescription: shown.description)
    }
}
