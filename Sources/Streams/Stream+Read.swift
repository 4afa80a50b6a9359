/// Why a position cannot be made.
package enum PositionRefusal: Error, Hashable, Sendable {
    case noSuchShard
    /// The sequence number names another shard of whatever stream.
    case otherShard(Int32)
    /// It names this shard, but of another stream or another birth.
    case otherStream
    /// A number of the oldest version that names this shard: the service itself fails on these.
    case unreadable
    /// Reading was to begin after the number that closes the shard.
    case behindTheEnd
    /// The timestamp has not come yet.
    case future
    /// Records that the answer depends on cannot be read from the log.
    case lost(LogError)
}

/// Why a read is refused.
package enum ReadRefusal: Error, Hashable, Sendable {
    case noSuchShard
    /// The shard's limits on reading are used up.
    case throttled
    /// Records cannot be read from the log.
    case lost(LogError)
}

extension Stream {
    /// Where reading begins; the tip, if that is asked for, is the tip of this moment.
    ///
    /// - Parameter now: epoch milliseconds.
    package func position(in shardIndex: Int32, at start: StartingPosition, now: Int64) throws(PositionRefusal) -> ShardPosition {
        guard let shard = liveShard(shardIndex, at: now) else { throw .noSuchShard }
        switch start {
        case .at(let number), .after(let number):
            if number.shardIndex != shardIndex { throw .otherShard(number.shardIndex) }
            if number.version != 2 || number.shardCreated != shard.created { throw number.version == 0 ? .unreadable : .otherStream }
            if case .after = start, number.counter == SequenceNumber.lastCounter { throw .behindTheEnd }
        case .timestamp(let time) where time > now:
            throw .future
        default:
            break
        }
        do throws(LogError) {
            return ShardPosition(shardIndex: shardIndex, shardCreated: shard.created, counter: try shard.counter(for: start, in: log))
        } catch {
            throw .lost(error)
        }
    }

    /// Reads the records from a position on, as many as fit.
    ///
    /// - Parameters:
    ///   - limit: the most records to return, at least 1.
    ///   - bytes: the most that partition keys and data may take together; a single larger record is returned all the same.
    ///   - now: epoch milliseconds.
    ///   - isCharged: false for consumers with a throughput of their own.
    package func read(
        from position: ShardPosition,
        limit: Int,
        bytes: Int = 10 << 20,
        now: Int64,
        isCharged: Bool = true
    ) throws(ReadRefusal) -> RecordPage {
        var page = try readAlone(from: position, limit: limit, bytes: bytes, now: now, isCharged: isCharged)
        if page.isEnd {
            // Read again: the shard may have been closed after the first look.
            let layout = currentLayout
            page.children = layout.children(of: position.shardIndex).map { child in
                ChildShard(index: child.index, parents: [child.parent, child.adjacentParent].compactMap { $0 }, range: child.range)
            }
        }
        return page
    }

    /// As `read`, but for the children of a shard that has ended, which are looked for in all shards.
    func readAlone(from position: ShardPosition, limit: Int, bytes: Int, now: Int64, isCharged: Bool) throws(ReadRefusal) -> RecordPage {
        let layout = currentLayout
        guard let shard = layout.shard(position.shardIndex), !layout.hasExpired(shard, at: now) else { throw .noSuchShard }
        let counter = Self.counter(position, in: shard)
        let found: RecordPage?
        do throws(LogError) {
            let horizon = layout.horizon(at: now)
            found = try shard.read(from: counter, limit: limit, bytes: bytes, horizon: horizon, now: now, isCharged: isCharged, in: log)
        } catch {
            throw .lost(error)
        }
        guard let page = found else { throw .throttled }
        return page
    }

    /// The sequence number that stands for a position when no record does: all records before it are smaller, all from it on are not.
    package func sequenceNumber(of position: ShardPosition, now: Int64) -> SequenceNumber {
        let second = max(now / 1000, position.shardCreated)
        return SequenceNumber(
            shardCreated: position.shardCreated,
            shardIndex: position.shardIndex,
            counter: position.counter == 0 ? 0 : position.counter - 1,
            second: position.counter <= 1 ? position.shardCreated : second
        )
    }

    /// The sequence number to go on from behind a position: reading at it and reading after it both begin with the next record.
    ///
    /// It has the counter of the record before the position, and a second that is later than that record's.
    package func continuation(of position: ShardPosition, now: Int64) -> SequenceNumber {
        sequenceNumber(of: position, now: now + 1000)
    }

    /// Calls `body` once when there is something to read at the position: a record, or news about the shard's end.
    /// It is called with no lock held, on the thread that brought the news, and may find that there is nothing after all.
    ///
    /// - Returns: what `cancelWait` takes; nil when there is something already, and then `body` is not kept.
    package func whenReadable(from position: ShardPosition, now: Int64, _ body: @escaping @Sendable () -> Void) -> UInt64? {
        guard let shard = liveShard(position.shardIndex, at: now) else { return nil }
        return shard.whenReadable(from: Self.counter(position, in: shard), now: now, body)
    }

    package func cancelWait(_ id: UInt64, at position: ShardPosition) {
        currentLayout.shard(position.shardIndex)?.cancelWait(id)
    }

    private func liveShard(_ index: Int32, at now: Int64) -> Shard? {
        let layout = currentLayout
        guard let shard = layout.shard(index), !layout.hasExpired(shard, at: now) else { return nil }
        return shard
    }

    /// A position from before the stream was made anew begins at the new shard's start.
    private static func counter(_ position: ShardPosition, in shard: Shard) -> UInt64 {
        position.shardCreated == shard.created ? position.counter : 0
    }
}
