package import Shapes
import Streams
import Synchronization
package import Wire

extension KinesisService {
    /// A stream has no consumers here yet, so `EnforceConsumerDeletion` finds nothing to enforce.
    package func deleteStream(_ input: Kinesis.DeleteStreamInput, _ call: Call) throws(ServiceError) {
        let gone = try change { () throws(ServiceError) in
            let stream = try stream(input.streamName, input.streamARN, call)
            var facts = stream.facts(at: call.now)
            guard facts.status != .deleting else { return stream }
            facts.enter(.deleting, at: call.now, for: configuration.streamDelay)
            try store.write { database in
                let table = StreamTable(database)
                try table.purge(at: call.now)
                if facts.status == .deleted { try table.remove(stream.id, stream.key) } else { try table.update(stream.id, facts) }
            }
            stream.set(facts)
            if facts.status == .deleted { registry.withLock { $0.remove(stream) } }
            return stream
        }
        gone.engine.wakeAll()
    }
}
