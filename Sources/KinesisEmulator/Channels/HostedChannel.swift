import Dispatch
import ServiceKit
import Synchronization
import Wire

/// A channel in memory: what it is, and how far its delivery has come.
final class HostedChannel: Sendable {
    private struct State {
        var channel: Channel
        var progress: ChannelProgress
        /// Closed shards that are delivered whole. It is found again by reading, so it is not stored.
        var finished: Set<Int32> = []
        /// Deliveries that failed since one succeeded, and when the next is tried.
        var failures = 0
        var retryAt: DispatchTime?
    }

    private let state: Mutex<State>

    init(_ channel: Channel, _ progress: ChannelProgress) { state = Mutex(State(channel: channel, progress: progress)) }

    func channel(at now: Timestamp) -> Channel {
        state.withLock { state in
            state.channel.settle(at: now)
            return state.channel
        }
    }

    func set(_ channel: Channel, _: borrowing Committed) { state.withLock { $0.channel = channel } }

    var progress: ChannelProgress { state.withLock { $0.progress } }
    func set(_ progress: ChannelProgress, _: borrowing Committed) { state.withLock { $0.progress = progress } }

    func isFinished(_ shard: Int32) -> Bool { state.withLock { $0.finished.contains(shard) } }
    func finish(_ shard: Int32) { state.withLock { _ = $0.finished.insert(shard) } }

    /// Whether the last delivery failed and it is too early for the next.
    func isWaiting(at now: DispatchTime) -> Bool { state.withLock { $0.retryAt.map { now < $0 } ?? false } }

    /// A delivery failed: the next is tried in 1, 2, 4 and at last every 60 seconds of the machine.
    /// - Returns: whether the one before had succeeded.
    func failed(at now: DispatchTime) -> Bool {
        state.withLock { state in
            state.retryAt = now + min(60, Double(1 << min(state.failures, 6)))
            state.failures += 1
            return state.failures == 1
        }
    }

    func retryAtOnce() { state.withLock { ($0.failures, $0.retryAt) = (0, nil) } }
}
