import Dispatch
import KinesisEmulator
import ServiceKit
import Streams
import Synchronization
import Wire

/// What somebody who follows a stream does with its records.
protocol RecordTaker: Sendable {
    /// Takes a page of one shard. Called on the follower's queue; `go` is called, from anywhere, when the next page may come.
    func take(_ page: RecordPage, of shard: Int32, _ go: @escaping @Sendable () -> Void)
}

/// Follows every shard of a stream from where it left off, or from its oldest record. Children come after their parents.
///
/// Nothing is polled: a shard without records signals when there are some.
final class StreamFollower: Sendable {
    let stream: HostedStream
    private let queue: DispatchQueue
    private let time: any TimeSource
    private let checkpoints: Checkpoints
    private let taker: any RecordTaker
    /// Whether the stream is still there.
    private let isThere: @Sendable () -> Bool
    private let state = Mutex(State())

    private struct State {
        var isStopped = false
        /// Shards that were begun, and those that were read to their end.
        var begun: Set<Int32> = []
        var ended: Set<Int32> = []
        /// Where a shard without news stands, and its waiter's name.
        var waits: [Int32: (position: ShardPosition, id: UInt64)] = [:]
    }

    /// Records in a page; their bytes are bounded too.
    private static let pageSize = 1000

    init(
        _ stream: HostedStream,
        queue: DispatchQueue,
        time: any TimeSource,
        checkpoints: Checkpoints,
        taker: any RecordTaker,
        isThere: @escaping @Sendable () -> Bool
    ) {
        self.stream = stream
        self.queue = queue
        self.time = time
        self.checkpoints = checkpoints
        self.taker = taker
        self.isThere = isThere
    }

    func start() {
        queue.async { [self] in beginShards() }
    }

    /// No page is taken any more once what is under way on the queue has ended.
    func stop() {
        let waits = state.withLock { state in
            state.isStopped = true
            defer { state.waits = [:] }
            return Array(state.waits.values)
        }
        for wait in waits { stream.engine.cancelWait(wait.id, at: wait.position) }
    }

    private var isStopped: Bool {
        state.withLock { $0.isStopped }
    }

    /// Begins every shard that is not begun and whose parents, where they are still there, have been read.
    private func beginShards() {
        let shards = stream.engine.shards(at: time.now.milliseconds)
        let listed = Set(shards.map(\.index))
        let ready = state.withLock { state in
            let ready = shards.filter { shard in
                guard !state.begun.contains(shard.index) else { return false }
                return [shard.parent, shard.adjacentParent].allSatisfy { $0.map { !listed.contains($0) || state.ended.contains($0) } ?? true }
            }
            state.begun.formUnion(ready.map(\.index))
            return ready
        }
        for shard in ready {
            let start = ShardPosition(shardIndex: shard.index, shardCreated: shard.created, counter: 0)
            read(from: checkpoints.position(of: shard.index) ?? start)
        }
    }

    private func read(from position: ShardPosition) {
        guard !isStopped, isThere() else { return }
        let now = time.now.milliseconds
        guard let page = try? stream.engine.read(from: position, limit: Self.pageSize, now: now, isCharged: false) else {
            // The shard and all of its records have expired.
            return end(position.shardIndex)
        }
        if page.count > 0 {
            taker.take(page, of: position.shardIndex) { [self] in continueReading(page) }
        } else if page.isEnd {
            end(position.shardIndex)
        } else {
            wait(at: page.next, now: now)
        }
    }

    private func continueReading(_ page: RecordPage) {
        queue.async { [self] in
            if page.isEnd { end(page.next.shardIndex) } else { read(from: page.next) }
        }
    }

    private func end(_ shard: Int32) {
        state.withLock { _ = $0.ended.insert(shard) }
        beginShards()
    }

    private func wait(at position: ShardPosition, now: Int64) {
        let index = position.shardIndex
        if stream.engine.shards(.after(index - 1), at: now).first.map({ $0.index == index && $0.closed != nil }) ?? false {
            // A shard that was closed takes records until its second is over, and nothing signals when that is.
            return queue.asyncAfter(deadline: .now() + .seconds(1)) { [self] in read(from: position) }
        }
        let id = stream.engine.whenReadable(from: position, now: now) { [self] in
            state.withLock { $0.waits[index] = nil }
            queue.async { [self] in read(from: position) }
        }
        guard let id else { return continueReading(at: position) }
        state.withLock { if !$0.isStopped { $0.waits[index] = (position, id) } }
    }

    private func continueReading(at position: ShardPosition) {
        queue.async { [self] in read(from: position) }
    }
}
