import Synchronization

extension Stream {
    /// Changes how long records are kept. Shortening hides older ones at once, and lengthening brings none of them back.
    ///
    /// - Parameter now: epoch milliseconds.
    package func setRetention(hours: Int, now: Int64) {
        layout.withLock { layout in
            layout.hiddenBefore = layout.horizon(at: now)
            layout.retentionHours = hours
            layout.hiddenBefore = layout.horizon(at: now)
        }
    }

    /// Forgets records that have expired, and closed shards with nothing left to read; reading hides them anyway.
    ///
    /// - Parameter now: epoch milliseconds.
    /// - Returns: the bytes of memory given back.
    @discardableResult
    package func trim(at now: Int64) -> Int {
        let (shards, horizon) = layout.withLock { layout in
            let shards = layout.shards
            let current = layout
            layout.shards.removeAll { current.hasExpired($0, at: now) }
            return (shards, layout.horizon(at: now))
        }
        return shards.reduce(0) { $0 + $1.trim(before: horizon) }
    }

    /// Adds the log segments that hold records the stream still has: the others are dead as far as it is concerned.
    ///
    /// Before dead segments are dropped a snapshot must be stored, for counters that were given out are known from nowhere else.
    package func addLiveSegments(to segments: inout Set<UInt64>) {
        for shard in currentLayout.shards { shard.addSegments(to: &segments) }
    }
}
