import ServiceKit
package import Shapes
import Streams
import Synchronization
package import Wire

extension KinesisService {
    package func deleteStream(_ input: Kinesis.DeleteStreamInput, _ call: Call) throws(ServiceError) {
        let gone = try change { () throws(ServiceError) in
            let stream = try stream(input.streamName, input.streamARN, call)
            try checkHasNoQueues(stream, to: "delete the stream", call)
            try checkHasNoChannels(stream, to: "delete the stream", call)
            if input.enforceConsumerDeletion != true { try checkHasNoConsumers(stream, call) }
            var facts = stream.facts(at: call.now)
            guard facts.status != .deleting else { return stream }
            try checkTransitions(call, of: stream)
            facts.enter(.deleting, at: call.now, for: configuration.streamDelay)
            try store.write { [facts] transaction in
                let table = StreamTable(transaction)
                try table.purge(at: call.now)
                if facts.status == .deleted { try table.remove(stream.id, stream.key) } else { try table.update(stream.id, facts) }
                transaction.afterCommit { [self] committed in
                    stream.set(facts, committed)
                    // Found there, it is forgotten.
                    _ = find(stream.key, call)
                }
            }
            return stream
        }
        gone.engine.wakeAll()
    }

    private func checkHasNoConsumers(_ stream: HostedStream, _ call: Call) throws(ServiceError) {
        guard try !store.read({ try ConsumerTable($0).all(of: stream, at: call.now) }).isEmpty else { return }
        throw .Kinesis.resourceInUse(
            """
            DeleteStream can't delete \(stream.key.account):\(stream.key.name) because there are consumers associated with this data stream. \
            To delete \(stream.key.name) anyway, set the EnforceConsumerDeletion parameter to true to force the deletion of all the consumers \
            that are associated with it.
            """
        )
    }
}
