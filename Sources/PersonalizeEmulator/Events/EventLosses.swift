import Logging
import ServiceKit
import Synchronization
import Wire

/// Says in the log that events were given up for want of memory, once a minute at most.
final class EventLosses: Sendable {
    private static let interval = 60.0

    private let time: any TimeSource
    private let memory: Int
    private let log: Logger
    private let state = Mutex<(events: Int, nextNotice: Timestamp?)>((0, nil))

    /// - Parameter memory: what events may take, in bytes.
    init(memory: Int, time: any TimeSource, log: Logger) {
        self.memory = memory
        self.time = time
        self.log = log
    }

    func note(_ events: Int) {
        let now = time.now
        let dropped = state.withLock { state -> Int? in
            state.events += events
            if let next = state.nextNotice, now < next { return nil }
            defer { state = (0, now.advanced(bySeconds: Self.interval)) }
            return state.events
        }
        guard let dropped else { return }
        log.warning(
            "the oldest streamed events were dropped, for memory was full; --event-memory allows more, --data-dir keeps all",
            metadata: ["events": "\(dropped)", "bytes": "\(memory)"]
        )
    }
}
