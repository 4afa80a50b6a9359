import ServiceKit
import Shapes
import Streams
import Synchronization
import Wire

/// One receive that waits for records: woken by the queue when it has some, and answered without any when its time is over.
///
/// Clients wait by the machine's clock, whatever the server's says.
final class QueueReceiver: LaterAnswer {
    private enum Stage {
        case waiting(wake: (@Sendable () -> Void)?)
        /// Handed out to this receiver, and not yet sent.
        case holding([DeliveredRecord])
        case done
    }

    let order: DeliveryQueue.Order
    private let queue: HostedQueue
    private let machine: any TimeSource
    private let ends: Int64
    private let stage = Mutex(Stage.waiting(wake: nil))

    init(_ order: DeliveryQueue.Order, of queue: HostedQueue, seconds: Int, machine: any TimeSource) {
        self.order = order
        self.queue = queue
        self.machine = machine
        ends = machine.now.milliseconds + Int64(seconds) * 1000
    }

    /// Gives the receiver its records.
    /// - Returns: false when nobody waits any more; they are then still the queue's.
    func offer(_ records: [DeliveredRecord]) -> Bool {
        let (isTaken, wake) = stage.withLock { stage -> (Bool, (@Sendable () -> Void)?) in
            guard case .waiting(let wake) = stage else { return (false, nil) }
            stage = .holding(records)
            return (true, wake)
        }
        wake?()
        return isTaken
    }

    /// Ends the wait at once: the queue is gone.
    func end() {
        _ = offer([])
    }

    func next(isEnding: Bool, _ wake: @escaping @Sendable () -> Void) -> LaterStep {
        let now = machine.now.milliseconds
        let (step, isOver) = stage.withLock { stage -> (LaterStep, Bool) in
            switch stage {
            case .holding(let records):
                stage = .done
                return (.answer(queue.output(records).document), false)
            case .waiting where !isEnding && now < ends:
                stage = .waiting(wake: wake)
                return (.nothing(milliseconds: ends - now), false)
            case .waiting, .done:
                stage = .done
                return (.answer(queue.output([]).document), true)
            }
        }
        if isOver { queue.leave(self) }
        return step
    }

    func close() {
        let held = stage.withLock { stage -> [DeliveredRecord] in
            defer { stage = .done }
            if case .holding(let records) = stage { return records }
            return []
        }
        queue.leave(self)
        if !held.isEmpty { queue.giveBackLater(held) }
    }
}
