/// What one shard can carry; a stream without limits carries all it is given.
package struct ThroughputLimits: Hashable, Sendable {
    package var recordsPerSecond = 1000
    /// Partition keys and data together.
    package var bytesWrittenPerSecond = 1 << 20
    package var readsPerSecond = 5
    package var bytesReadPerSecond = 2 << 20

    package init() {}
}

/// A second's worth of something, refilled as time goes by. It may go into debt: what is larger than the bucket is let through when the
/// bucket is full, and then blocks until that is paid back, as a read of ten mebibytes blocks a shard for five seconds.
package struct TokenBucket: Sendable {
    private let perSecond: Int
    /// In thousandths, so that a millisecond refills a whole number.
    private var level: Int
    private var refilled: Int64?

    package init(perSecond: Int) {
        self.perSecond = perSecond
        level = perSecond * 1000
    }

    package func allows(_ cost: Int) -> Bool {
        level >= min(cost, perSecond) * 1000
    }

    package mutating func take(_ cost: Int) {
        level -= cost * 1000
    }

    /// - Parameter now: epoch milliseconds; a clock that goes back refills nothing.
    package mutating func refill(at now: Int64) {
        let elapsed = max(0, now - (refilled ?? now))
        refilled = max(now, refilled ?? now)
        // A day pays back any debt there can be, and keeps the product small.
        level = min(perSecond * 1000, level + Int(min(elapsed, 86_400_000)) * perSecond)
    }
}

/// The four buckets of a shard.
struct ShardBuckets: Sendable {
    private var records: TokenBucket
    private var bytesWritten: TokenBucket
    private var reads: TokenBucket
    private var bytesRead: TokenBucket

    init(_ limits: ThroughputLimits) {
        records = TokenBucket(perSecond: limits.recordsPerSecond)
        bytesWritten = TokenBucket(perSecond: limits.bytesWrittenPerSecond)
        reads = TokenBucket(perSecond: limits.readsPerSecond)
        bytesRead = TokenBucket(perSecond: limits.bytesReadPerSecond)
    }

    /// - Returns: false when the record has to be refused; nothing is taken then.
    mutating func takeWrite(bytes: Int, at now: Int64) -> Bool {
        records.refill(at: now)
        bytesWritten.refill(at: now)
        guard records.allows(1), bytesWritten.allows(bytes) else { return false }
        records.take(1)
        bytesWritten.take(bytes)
        return true
    }

    /// - Returns: false when the read has to be refused.
    mutating func takeRead(at now: Int64) -> Bool {
        reads.refill(at: now)
        bytesRead.refill(at: now)
        guard reads.allows(1), bytesRead.allows(1) else { return false }
        reads.take(1)
        return true
    }

    mutating func payRead(bytes: Int) {
        bytesRead.take(bytes)
    }
}
