import Dispatch
import Logging
import Streams
import Synchronization
import Wire

/// The reference app's event function: sends what each record says to PutEvents, as often as the record asks.
final class ReferenceDelivery: RecordTaker {
    private let services: ReferenceServices
    private let checkpoints: Checkpoints
    private let queue: DispatchQueue
    private let call: @Sendable () -> Call
    private let log: Logger
    private let counts = Mutex((delivered: 0, undelivered: 0))

    init(
        services: ReferenceServices,
        checkpoints: Checkpoints,
        queue: DispatchQueue,
        log: Logger,
        call: @escaping @Sendable () -> Call
    ) {
        self.services = services
        self.checkpoints = checkpoints
        self.queue = queue
        self.log = log
        self.call = call
    }

    /// Records since the start.
    var delivered: Int { counts.withLock { $0.delivered } }
    /// Records since the start that could not be sent on.
    var undelivered: Int { counts.withLock { $0.undelivered } }

    /// A record that cannot be delivered is counted and logged, and holds up nothing.
    func take(_ page: RecordPage, of shard: Int32, _ go: @escaping @Sendable () -> Void) {
        let call = call()
        page.forEach { record in
            do {
                try services.deliver(try ReferenceEvent(Array(record.data)), call)
                counts.withLock { $0.delivered += 1 }
            } catch {
                refuse(record.number, shard, error)
            }
        }
        call.acknowledgement.whenSafe { [self] failed in
            if let failed { log.error("delivered events could not be stored", metadata: ["shard": "\(ShardID.text(shard))", "cause": "\(failed)"]) }
            queue.async { [self] in
                checkpoints.save(CollectionOfOne(page.next))
                go()
            }
        }
    }

    private func refuse(_ number: SequenceNumber, _ shard: Int32, _ error: any Error) {
        let total = counts.withLock { counts in
            counts.undelivered += 1
            return counts.undelivered
        }
        let reason =
            switch error {
            case let error as ReferenceEvent.Unreadable: error.reason
            case let error as ServiceError: "\(error.code): \(error.message ?? "")"
            default: "\(error)"
            }
        log.warning(
            "a record could not be delivered",
            metadata: ["shard": "\(ShardID.text(shard))", "sequence-number": "\(number)", "reason": "\(reason)", "undelivered": "\(total)"]
        )
    }
}
