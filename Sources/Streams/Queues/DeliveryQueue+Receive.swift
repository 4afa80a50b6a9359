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
        redeliver(&batch, from: stream)
        if order.family == .records, !isFull { take(&batch, from: stream) }
        enter(batch.records.map(\.place))
        guard batch.records.isEmpty else { return batch.records }
        if let fault = batch.fault { throw .lost(fault) }
        if order.family == .records, isFull { throw .full }
        return []
    }

    private struct Batch {
        let order: Order
        let now: Int64
        var records: [DeliveredRecord] = []
        var bytes = 0
        /// Why records that are there were left out, if some were.
        var fault: LogError?

        var end: Int64 { now + order.visibility }
        var isFull: Bool { records.count >= order.limit || bytes >= DeliveryQueue.receiveBytes }
        /// Bytes that a page may take.
        var room: Int { max(1, DeliveryQueue.receiveBytes - bytes) }

        func takes(_ page: RecordPage) -> Bool { records.isEmpty || page.bytes <= room }
    }

    /// So many records that cannot be read now are put off in one receive, and so many blocks that are lost passed over.
    private static let mostFaults = 16
    /// Milliseconds for which a record is put off that cannot be read now.
    private static let pauseAfterFault: Int64 = 1000

    private mutating func redeliver(_ batch: inout Batch, from stream: Stream) {
        var faults = 0
        while !batch.isFull, faults < Self.mostFaults, let place = nextReturned(batch.order.family, at: batch.now) {
            do throws(LogError) {
                let page = try stream.page(from: place.shard, place.counter, limit: 1, bytes: batch.room, now: batch.now)
                guard let page, page.begins(with: place) else {
                    remove(place)
                    continue
                }
                guard batch.takes(page) else { return }
                hand(page, &batch)
            } catch {
                faults += 1
                if error.isPermanent {
                    passOver(place, error, in: stream, at: batch.now)
                } else {
                    // Others have their turn meanwhile.
                    batch.fault = error
                    putOff(place, until: batch.now + Self.pauseAfterFault)
                }
            }
        }
    }

    private mutating func take(_ batch: inout Batch, from stream: Stream) {
        let shown = stream.shards(at: batch.now)
        forgetShards(besides: shown)
        var turn = ShardTurn(shown, besides: finished, after: lastShard)
        var faults = 0
        while !batch.isFull, let shard = turn.next() {
            let room = min(batch.order.limit - batch.records.count, Self.maximumOutstanding - outstanding)
            guard room > 0 else { return }
            let cursor = cursors[shard] ?? 0
            do throws(LogError) {
                let found = try stream.page(from: shard, cursor, limit: room, bytes: batch.room, now: batch.now)
                guard let page = found else { continue }
                guard batch.takes(page) else { return }
                hand(page, &batch)
                setCursor(shard, page.next.counter)
                if page.count > 0 { lastShard = shard }
                guard page.isEnd else { continue }
                finished.insert(shard)
                turn.finish(shard)
            } catch {
                faults += 1
                if !error.isPermanent {
                    batch.fault = error
                } else if passOver(shard, from: cursor, error, in: stream, at: batch.now), faults < Self.mostFaults {
                    turn.again()
                }
            }
        }
    }

    private mutating func hand(_ page: RecordPage, _ batch: inout Batch) {
        page.forEach { record in
            let place = RecordPlace(shard: record.number.shardIndex, counter: record.number.counter)
            let state = deliver(place, arrival: record.arrival, at: batch.now, until: batch.end, maximum: batch.order.maximum)
            batch.records.append(
                DeliveredRecord(
                    place: place,
                    number: record.number,
                    partitionKey: Array(record.partitionKey),
                    data: Array(record.data),
                    state: state
                )
            )
            batch.bytes += record.partitionKey.count + record.data.count
        }
    }

    // MARK: Records that the log has lost

    /// Goes on behind the block that cannot be read.
    /// - Returns: false when there is nothing behind it.
    private mutating func passOver(_ shard: Int32, from cursor: UInt64, _ fault: LogError, in stream: Stream, at now: Int64) -> Bool {
        let end = stream.endOfBlock(in: shard, from: cursor, at: now)
        guard end > cursor else { return false }
        setCursor(shard, end)
        losses.append(QueueLoss(shard: shard, counters: cursor..<end, fault: fault))
        return true
    }

    /// Forgets what is to be handed out again of the block of a record that cannot be read.
    private mutating func passOver(_ place: RecordPlace, _ fault: LogError, in stream: Stream, at now: Int64) {
        let end = max(stream.endOfBlock(in: place.shard, from: place.counter, at: now), place.counter + 1)
        let gone = states.filter { $0.key.shard == place.shard && (place.counter..<end).contains($0.key.counter) && $0.value.visibleAt <= now }
        for place in gone.keys { remove(place) }
        remove(place)
        losses.append(QueueLoss(shard: place.shard, counters: place.counter..<end, fault: fault))
    }

    // MARK: Shards

    private mutating func forgetShards(besides shown: [ShardDescription]) {
        guard cursors.count + finished.count > shown.count else { return }
        let indices = Set(shown.map(\.index))
        for shard in cursors.keys where !indices.contains(shard) { setCursor(shard, nil) }
        finished.formIntersection(indices)
    }

    /// Where new records will be read: a position in each shard that can be read, and the last second in which it takes records, if it was closed.
    package func positions(in stream: Stream, at now: Int64) -> [(position: ShardPosition, closed: Int64?)] {
        let shown = stream.shards(at: now)
        let open = Set(ShardTurn(shown, besides: finished, after: lastShard).open)
        return shown.filter { open.contains($0.index) }.map { shard in
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
            return try readAlone(from: position, limit: limit, bytes: bytes, now: now, isCharged: false)
        } catch {
            if case .lost(let fault) = error { throw fault }
            return nil
        }
    }

    /// The counter behind the block that a read from `counter` begins with: where to go on when that block is lost.
    package func endOfBlock(in shard: Int32, from counter: UInt64, at now: Int64) -> UInt64 {
        let layout = currentLayout
        return layout.shard(shard)?.endOfBlock(from: counter, horizon: layout.horizon(at: now)) ?? counter
    }

    /// The counter of the next record of a shard: no queue has handed out any from there on. Nil for a shard that is not there.
    package func nextCounter(in shard: Int32) -> UInt64? { currentLayout.shard(shard)?.nextCounter }

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

extension RecordPage {
    fileprivate func begins(with place: RecordPlace) -> Bool {
        var first: RecordPlace?
        forEach { record in first = first ?? RecordPlace(shard: record.number.shardIndex, counter: record.number.counter) }
        return first == place
    }
}
