import ServiceKit
import Synchronization
import Wire

/// One body on its way to a sink: a serial queue whose work is done by the pool, one call at a time.
final class Upload: Sendable {
    private enum Ending {
        case complete(@Sendable (WireResponse) -> Void)
        case abandon
    }

    private struct State {
        var pieces: [[UInt8]] = []
        var queued = 0
        var isFull = false
        var isRunning = false
        var ending: Ending?
    }

    private let sink: any RequestSink
    private let pool: UploadPool
    private let capacity: Int
    private let onCapacity: @Sendable () -> Void
    private let state = Mutex(State())

    /// - Parameters:
    ///   - capacity: bytes that may wait, when the pool has as many to spare; see `push`.
    ///   - onCapacity: called from a pool thread when a full queue has half emptied.
    init(sink: any RequestSink, pool: UploadPool, capacity: Int, onCapacity: @escaping @Sendable () -> Void) {
        self.sink = sink
        self.pool = pool
        self.capacity = capacity
        self.onCapacity = onCapacity
        pool.join()
    }

    deinit {
        pool.join(-1)
    }

    private var limit: Int { min(capacity, pool.share) }

    /// Queues one piece. False when the queue is now full: nothing more should be read until `onCapacity`.
    func push(_ piece: [UInt8]) -> Bool {
        enqueue { state in
            state.pieces.append(piece)
            state.queued += piece.count
            state.isFull = state.isFull || state.queued >= limit
        }
    }

    /// The body is complete: once every piece is received the sink answers.
    func complete(_ reply: @escaping @Sendable (WireResponse) -> Void) {
        _ = enqueue { $0.ending = .complete(reply) }
    }

    /// The body will never be complete: what waits is dropped and the sink is told.
    func abandon() {
        _ = enqueue { state in
            state.pieces = []
            state.queued = 0
            state.ending = .abandon
        }
    }

    private func enqueue(_ change: (inout State) -> Void) -> Bool {
        let (starts, hasCapacity) = state.withLock { state in
            change(&state)
            let starts = !state.isRunning
            state.isRunning = true
            return (starts, !state.isFull)
        }
        if starts { pool.run { self.drain() } }
        return hasCapacity
    }

    private func drain() {
        while true {
            let (pieces, ending) = state.withLock { state -> ([[UInt8]], Ending?) in
                let work = (state.pieces, state.ending)
                state.pieces = []
                state.ending = nil
                if work.0.isEmpty && work.1 == nil { state.isRunning = false }
                return work
            }
            if pieces.isEmpty && ending == nil { return }
            for piece in pieces {
                sink.receive(piece)
                if release(piece.count) { onCapacity() }
            }
            switch ending {
            case .complete(let reply): sink.complete(reply)
            case .abandon: sink.abandon()
            case nil: break
            }
        }
    }

    /// Whether a full queue has just half emptied.
    private func release(_ count: Int) -> Bool {
        state.withLock { state in
            state.queued = max(0, state.queued - count)
            guard state.isFull, state.queued <= limit / 2 else { return false }
            state.isFull = false
            return true
        }
    }
}
