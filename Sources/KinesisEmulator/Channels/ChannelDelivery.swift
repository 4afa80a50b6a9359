import Dispatch
import Logging
import ServiceKit
import Shapes
import Streams
import Synchronization
import Wire

/// When channels are looked at.
struct ChannelPace: Sendable {
    var isTicking = false
    var isStopped = true
    /// By their ARNs.
    var channels: [ChannelARN: HostedChannel] = [:]
}

/// Objects are made on a queue of their own, of each shard apart: when its oldest record that is not delivered is as old as the channel's
/// freshness allows, or when there is a page of records.
extension KinesisService {
    /// Goes on with what an earlier run left.
    package func startChannels() {
        channels.withLock { $0.isStopped = false }
        tickChannels()
    }

    /// Nothing is delivered any more when this returns. What is left is delivered after the next start.
    package func stopChannels() {
        channels.withLock { $0.isStopped = true }
        channelQueue.sync {}
    }

    /// Looks again in a second of the machine, as long as there are channels.
    func tickChannels() {
        let isFirst = channels.withLock { pace in
            guard !pace.channels.isEmpty, !pace.isTicking, !pace.isStopped else { return false }
            pace.isTicking = true
            return true
        }
        guard isFirst else { return }
        channelQueue.asyncAfter(deadline: .now() + 1) { [weak self] in
            guard let self else { return }
            channels.withLock { $0.isTicking = false }
            deliverChannels()
            tickChannels()
        }
    }

    /// The server's clock has jumped: what it made due is delivered.
    func channelClockWasSet() {
        let hosted = channels.withLock { Array($0.channels.values) }
        guard !hosted.isEmpty else { return }
        for channel in hosted { channel.retryAtOnce() }
        channelQueue.async { [self] in deliverChannels() }
    }

    private var areChannelsStopped: Bool { channels.withLock { $0.isStopped } }

    /// Makes every object that is due, and forgets channels whose deletion is over.
    func deliverChannels() {
        for hosted in channels.withLock({ Array($0.channels.values) }) where !areChannelsStopped {
            let now = time.now
            let channel = hosted.channel(at: now)
            switch channel.status {
            case .active, .updating: deliver(hosted, channel, now)
            case .deleted: forget(channel)
            case .creating, .deleting, .failed: break
            }
        }
    }

    private func deliver(_ hosted: HostedChannel, _ channel: Channel, _ now: Timestamp) {
        guard !hosted.isWaiting(at: .now()), let settings = channel.settings,
            let stream = registry.withLock({ $0.byID[channel.streamID] })
        else { return }
        var failure: ServiceError?
        for shard in stream.engine.shards(at: now.milliseconds) where !hosted.isFinished(shard.index) {
            var isMore = true
            do throws(ServiceError) {
                while isMore, !areChannelsStopped { isMore = try deliver(shard, of: stream, hosted, channel, settings, now) }
            } catch {
                // Another may well be delivered.
                failure = error
            }
        }
        guard let failure else { return hosted.retryAtOnce() }
        guard hosted.failed(at: .now()) else { return }
        log.warning(
            "a channel could not deliver; its records stay in the stream and are tried again",
            metadata: [
                "channel": "\(channel.resource.text)", "bucket": "\(settings.storageConfiguration.bucketARN)",
                "cause": "\(failure.cause.map { "\($0)" } ?? failure.message ?? failure.code)",
            ]
        )
    }

    /// Partition keys and data of one object, in bytes, and its records.
    private static let pageBytes = 8 << 20
    private static let pageRecords = 10_000

    /// Makes one object of a shard, if it is due.
    /// - Returns: whether there may be another.
    private func deliver(
        _ shard: ShardDescription,
        of stream: HostedStream,
        _ hosted: HostedChannel,
        _ channel: Channel,
        _ settings: Kinesis.S3DestinationDescription,
        _ now: Timestamp
    ) throws(ServiceError) -> Bool {
        let cursor = hosted.progress.cursors[shard.index] ?? 0
        let position = ShardPosition(shardIndex: shard.index, shardCreated: shard.created, counter: cursor)
        let page: RecordPage
        do throws(ReadRefusal) {
            page = try stream.engine.read(
                from: position,
                limit: Self.pageRecords,
                bytes: Self.pageBytes,
                now: now.milliseconds,
                isCharged: false
            )
        } catch {
            guard case .lost(let fault) = error else { return false }
            let end = stream.engine.endOfBlock(in: shard.index, from: cursor, at: now.milliseconds)
            guard fault.isPermanent, end > cursor else { throw .internalFailure(fault) }
            log.error(
                "records of a stream are lost, and a channel goes on behind them",
                metadata: ["channel": "\(channel.resource.text)", "shard": "\(shard.id)", "records": "at most \(end - cursor)", "cause": "\(fault)"]
            )
            return try advance(hosted, channel, shard, to: end, of: stream, now)
        }
        guard page.count > 0 else {
            if page.isEnd { hosted.finish(shard.index) }
            return false
        }
        var oldest: Int64?
        page.forEach { oldest = oldest ?? $0.arrival }
        let isFull = page.count >= Self.pageRecords || page.bytes >= Self.pageBytes / 4 * 3
        let age = now.milliseconds - (oldest ?? now.milliseconds)
        guard isFull || page.isEnd || age >= Int64(settings.dataFreshnessInSeconds) * 1000 else { return false }
        try write(ChannelObject(page, of: channel, settings), channel, settings, now)
        return try advance(hosted, channel, shard, to: page.next.counter, of: stream, now)
    }

    /// Notes that a shard is delivered up to a counter.
    /// - Returns: false when the channel is gone.
    private func advance(
        _ hosted: HostedChannel,
        _ channel: Channel,
        _ shard: ShardDescription,
        to counter: UInt64,
        of stream: HostedStream,
        _ now: Timestamp
    ) throws(ServiceError) -> Bool {
        var progress = hosted.progress
        progress.cursors[shard.index] = counter
        let shown = Set(stream.engine.shards(at: now.milliseconds).map(\.index))
        progress.cursors = progress.cursors.filter { shown.contains($0.key) }
        try store.write { [progress] transaction in
            let table = ChannelTable(transaction.database)
            // One that was deleted meanwhile must not leave its progress to another of its name.
            let kept = try table.find(channel.name, account: channel.resource.account, region: channel.resource.region, at: now)
            guard kept?.resource == channel.resource else { return }
            try table.save(progress, of: channel)
            transaction.afterCommit { hosted.set(progress, $0) }
        }
        // Whoever is deleted has nothing more to deliver.
        return hosted.progress == progress
    }

    private func write(
        _ object: ChannelObject,
        _ channel: Channel,
        _ settings: Kinesis.S3DestinationDescription,
        _ now: Timestamp
    ) throws(ServiceError) {
        guard let buckets else { throw .notCarriedOut("A channel without buckets") }
        let call = Call(account: channel.resource.account, region: channel.resource.region, now: now, requestID: RequestID.random())
        let (storage, letters) = (settings.storageConfiguration, settings.deadLetterQueueS3Configuration)
        if let part = object.failed { try buckets.put(bucket: Self.bucket(letters.bucketARN), key: part.key, part.bytes, call) }
        guard let part = object.delivered else { return }
        let bytes = try Self.compressed(part.bytes, storage.compressionType)
        try buckets.put(bucket: Self.bucket(storage.bucketARN), key: part.key, bytes, call)
    }

    /// The bucket that an ARN names.
    static func bucket(_ arn: String) -> String { ARN(arn)?.resource ?? "" }

    private static func compressed(_ bytes: [UInt8], _ type: String) throws(ServiceError) -> [UInt8] {
        switch type {
        case "GZIP": return try Gzip.compress(bytes)
        case "ZSTD":
            guard let made = Zstandard.compress(bytes) else { throw ServiceError("InternalFailure", "libzstd could not compress the records.") }
            return made
        default: return bytes
        }
    }

    /// Removes a channel whose deletion is over.
    private func forget(_ channel: Channel) {
        do throws(ServiceError) {
            try change { () throws(ServiceError) in
                try store.write { transaction in
                    try purgeChannels(of: channel, transaction)
                }
            }
        } catch {
            // It is tried again; nobody sees it meanwhile.
            log.error("a deleted channel could not be removed", metadata: ["cause": "\(error.cause.map { "\($0)" } ?? error.code)"])
        }
    }

    /// Removes a channel's rows, unless another has taken its name.
    func purgeChannels(of channel: Channel, _ transaction: Transaction) throws {
        let table = ChannelTable(transaction.database)
        let kept = try table.kept(channel.name, account: channel.resource.account, region: channel.resource.region)
        if kept?.resource == channel.resource { try table.remove(channel) }
        transaction.afterCommit { [self] _ in channels.withLock { _ = $0.channels.removeValue(forKey: channel.resource) } }
    }
}
