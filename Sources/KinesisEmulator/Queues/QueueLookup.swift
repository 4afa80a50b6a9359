import ServiceKit
import Shapes
import Streams
import Synchronization
import Wire

/// How operations find the queue that they are about.
extension KinesisService {
    /// A queue as it is stored, for the operations that show or change it.
    /// - Throws: `InvalidArgumentException`, `ResourceNotFoundException`.
    func queue(_ arn: String, _ call: Call) throws(ServiceError) -> StreamQueue {
        let arn = try queueARN(arn, call)
        guard let queue = try store.read({ try QueueTable($0).find(arn, at: call.now) }) else { throw .queueNotFound(arn) }
        return queue
    }

    /// A queue that hands out records and hears of them.
    /// - Throws: `ResourceNotFoundException`, also for a queue that is being made or deleted.
    func receivingQueue(_ text: String, _ call: Call) throws(ServiceError) -> HostedQueue {
        let arn = try queueARN(text, call)
        let known = queues.withLock { $0[arn] }
        let hosted: HostedQueue
        if let known { hosted = known } else { hosted = try host(arn, call) }
        guard hosted.isReceivable else { throw .queueNotFound(arn) }
        return hosted
    }

    /// Takes a queue in that nobody has used since the start.
    private func host(_ arn: QueueARN, _ call: Call) throws(ServiceError) -> HostedQueue {
        try change { () throws(ServiceError) in
            if let hosted = queues.withLock({ $0[arn] }) { return hosted }
            let found = try store.read { database -> (StreamQueue, DeliveryQueue)? in
                let table = QueueTable(database)
                guard let queue = try table.find(arn, at: call.now) else { return nil }
                var deliveries = try table.deliveries(of: queue.id)
                deliveries.adapt(to: call.now.milliseconds, visibility: queue.settings.visibilityMilliseconds)
                return (queue, deliveries)
            }
            guard let (queue, deliveries) = found, queue.status != .deleting, let stream = find(queue.stream, call) else { throw .queueNotFound(arn) }
            let hosted = HostedQueue(queue, deliveries, of: stream, self)
            queues.withLock { $0[arn] = hosted }
            return hosted
        }
    }

    private func queueARN(_ text: String, _ call: Call) throws(ServiceError) -> QueueARN {
        guard let arn = QueueARN(text) else { throw .Kinesis.invalidArgument("QueueARN \(text) is not the ARN of a queue.") }
        guard arn.account == call.account, arn.region == call.region else { throw .queueNotFound(arn) }
        return arn
    }

    /// Queues and consumers with a throughput of their own share a limit.
    /// - Throws: `LimitExceededException`.
    func checkConsumerLimit(of stream: HostedStream, _ transaction: Transaction, _ call: Call) throws {
        let consumers = try ConsumerTable(transaction.database).all(of: stream, at: call.now).count
        let queues = try QueueTable(transaction.database).all(of: stream, at: call.now).count
        let commitment = try BillingCommitment(transaction.database, call)
        let isAdvantage = stream.engine.mode == .onDemand && commitment.isEnabled(at: call.now)
        let most = isAdvantage ? Self.maximumConsumers.advantage : Self.maximumConsumers.usual
        guard consumers + queues < most else {
            throw ServiceError.Kinesis.limitExceeded(
                "Stream \(stream.key.name) under account \(stream.key.account) has reached its limit of \(most) registered consumers."
            )
        }
    }

    /// - Throws: `ResourceInUseException` while the stream has queues.
    func checkHasNoQueues(_ stream: HostedStream, to purpose: String, _ call: Call) throws(ServiceError) {
        guard try !store.read({ try QueueTable($0).all(of: stream, at: call.now) }).isEmpty else { return }
        throw .Kinesis.resourceInUse(
            "Stream \(stream.key.name) under account \(stream.key.account) has queues. Delete every queue on the stream with DeleteQueue to \(purpose)."
        )
    }

    /// How long the machine takes for so many milliseconds of the server's clock.
    func machineTime(_ milliseconds: Int64) -> Int64 {
        let rate = time.rate
        if milliseconds <= 0 { return 0 }
        if rate == 1 || milliseconds == .max { return milliseconds }
        return rate == 0 ? .max : Int64(min(Double(milliseconds) / rate, 1e15).rounded(.up))
    }
}

extension ServiceError {
    static func queueNotFound(_ arn: QueueARN) -> ServiceError {
        .Kinesis.resourceNotFound("Queue \(arn.text) under account \(arn.account) not found.")
    }
}
