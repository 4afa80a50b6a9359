extension DeliveryQueue {
    /// What one receive asks for.
    package struct Order: Sendable {
        package var family: QueueFamily
        /// The most records.
        package var limit: Int
        /// Milliseconds that they stay in flight.
        package var visibility: Int64
        /// Receives after which a record becomes a dead letter; nil for never.
        package var maximum: Int?

        package init(family: QueueFamily, limit: Int, visibility: Int64, maximum: Int?) {
            self.family = family
            self.limit = limit
            self.visibility = visibility
            self.maximum = maximum
        }
    }

    package enum ReceiveRefusal: Error, Sendable {
        /// So many records are handed out and not acknowledged that no more are taken.
        case full
        /// Records cannot be read from the log.
        case lost(LogError)
    }

    /// Partition keys and data of one receive; a single larger record is handed out all the same.
    private static let receiveBytes = 10 << 20

    /// Hands out what has become visible again, in the order in which it did, and then what nobody has had yet.
    ///
    /// - Parameter now: epoch milliseconds.
    package mutating func receive(_ order: Order, from stream: Stream, at now: Int64) throws(ReceiveRefusal) -> [DeliveredRecord] {
        settle(at: now)
        purge(before: stream.currentLayout.horizon(at: now), at: now)
        var batch = Batch(order: order, now: now)
        do throws(LogError) {
            try redeliver(&batch, from: stream)
            if order.family == .records, !isFull { try take(&batch, from: stream) }
        } catch {
            // What was read before is handed out; the next receive meets the fault.
            if batch.records.isEmpty { throw .lost(error) }
        }
        enter(batch.records.map(\.place))
        if batch.records.isEmpty, order.family == .records, isFull { throw .full }
        return batch.records
    }

    private struct Batch {
        let order: Order
        let now: Int64
        var records: [DeliveredRecord] = []
        var bytes = 0

        var end: Int64 { now + order.visibility }
        var isFull: Bool { records.count >= order.limit || bytes >= DeliveryQueue.receiveBytes }
    }

    private mutating func redeliver(_ batch: inout Batch, from stream: Stream) throws(LogError) {
        while !batch.isFull, let place = nextReturned(batch.order.family, at: batch.now) {
            let room = max(1, Self.receiveBytes - batch.bytes)
            guard let page = try stream.page(from: place.shard, place.counter, limit: 1, bytes: room, now: batch.now),
                hand(page, &batch, only: place)
            else {
                remove(place)
                continue
            }
        }
    }

    private mutating func take(_ batch: inout Batch, from stream: Stream) throws(LogError) {
        let shown = stream.shards(at: batch.now)
        forgetShards(besides: shown)
        var visited: Set<Int32> = []
        while !batch.isFull, let shard = nextShard(of: shown, besides: visited) {
            visited.insert(shard)
            let room = min(batch.order.limit - batch.records.count, Self.maximumOutstanding - outstanding)
            guard room > 0 else { return }
            let bytes = max(1, Self.receiveBytes - batch.bytes)
            guard let page = try stream.page(from: shard, cursors[shard] ?? 0, limit: room, bytes: bytes, now: batch.now) else { continue }
            _ = hand(page, &batch)
            setCursor(shard, page.next.counter)
            if page.count > 0 { lastShard = shard }
            if page.isEnd { finished.insert(shard) }
        }
    }

    /// - Parameter place: the one that is wanted; nil for all of the page.
    /// - Returns: whether any was handed out.
    private mutating func hand(_ page: RecordPage, _ batch: inout Batch, only place: RecordPlace? = nil) -> Bool {
        let count = batch.records.count
        page.forEach { record in
            let found = RecordPlace(shard: record.number.shardIndex, counter: record.number.counter)
            guard place == nil || place == found else { return }
            let state = deliver(found, arrival: record.arrival, at: batch.now, until: batch.end, maximum: batch.order.maximum)
            batch.records.append(
                DeliveredRecord(
                    place: found,
                    number: record.number,
                    partitionKey: Array(record.partitionKey),
                    data: Array(record.data),
                    state: state
                )
            )
            batch.bytes += record.partitionKey.count + record.data.count
        }
        return batch.records.count > count
    }

    // MARK: Shards

    /// A shard that can be read: its parents, as far as they have not expired, were read to their ends.
    private func isOpen(_ shard: ShardDescription, _ shown: [ShardDescription]) -> Bool {
        guard !finished.contains(shard.index) else { return false }
        return [shard.parent, shard.adjacentParent].compactMap { $0 }.allSatisfy { parent in
            finished.contains(parent) || !shown.contains { $0.index == parent }
        }
    }

    /// The one to look into next, beginning behind the shard that gave the last records.
    private func nextShard(of shown: [ShardDescription], besides visited: Set<Int32>) -> Int32? {
        let open = shown.filter { !visited.contains($0.index) && isOpen($0, shown) }.map(\.index)
        return open.first { $0 > lastShard } ?? open.first
    }

    private mutating func forgetShards(besides shown: [ShardDescription]) {
        guard cursors.count + finished.count > shown.count else { return }
        let indices = Set(shown.map(\.index))
        for shard in cursors.keys where !indices.contains(shard) { setCursor(shard, nil) }
        finished.formIntersection(indices)
    }

    /// Where new records will be read: a position in each shard that can be read, and the last second in which it takes records, if it was closed.
    package func positions(in stream: Stream, at now: Int64) -> [(position: ShardPosition, closed: Int64?)] {
        let shown = stream.shards(at: now)
        return shown.filter { isOpen($0, shown) }.map { shard in
            (ShardPosition(shardIndex: shard.index, shardCreated: shard.created, counter: cursors[shard.index] ?? 0), shard.closed)
        }
    }
}

extension Stream {
    /// Reads for a queue. Nil when the shard is no longer there.
    fileprivate func page(from shard: Int32, _ counter: UInt64, limit: Int, bytes: Int, now: Int64) throws(LogError) -> RecordPage? {
        guard let found = currentLayout.shard(shard) else { return nil }
        let position = ShardPosition(shardIndex: shard, shardCreated: found.created, counter: counter)
        do throws(ReadRefusal) {
            return try read(from: position, limit: limit, bytes: bytes, now: now, isCharged: false)
        } catch {
            if case .lost(let fault) = error { throw fault }
            return nil
        }
    }

    /// The earliest time that records can have come at and still be read; epoch milliseconds, as `now`.
    package func earliestTime(at now: Int64) -> Int64 {
        max(created * 1000, currentLayout.horizon(at: now))
    }

    /// The counters from which a queue that begins now reads the shards that there are. A shard that comes later is read from its beginning.
    ///
    /// - Parameter now: epoch milliseconds.
    package func cursors(from start: StartingPosition, now: Int64) throws(PositionRefusal) -> [Int32: UInt64] {
        var cursors: [Int32: UInt64] = [:]
        for shard in shards(at: now) { cursors[shard.index] = try position(in: shard.index, at: start, now: now).counter }
        return cursors
    }
}
