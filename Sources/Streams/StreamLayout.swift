/// The shards of a stream and how hash keys find them.
struct StreamLayout: Sendable {
    /// By index; closed shards stay until their records have expired.
    var shards: [Shard]
    /// The shards without children, by hash range: together they cover the key space.
    var leaves: [Shard]
    /// Indices are never used twice.
    var nextIndex: Int32
    var retentionHours: Int
    /// Records that arrived before this time stay hidden though retention may have grown since; epoch milliseconds.
    var hiddenBefore: Int64

    func shard(_ index: Int32) -> Shard? {
        let position = shards.partitioningIndex { $0.index >= index }
        return position < shards.endIndex && shards[position].index == index ? shards[position] : nil
    }

    /// The shard that takes a record at this second: a leaf, or its ancestor while the leaf's first second has not come.
    func route(_ hashKey: UInt128, second: Int64) -> Shard {
        var shard = leaves[leaves.partitioningIndex { $0.range.end >= hashKey }]
        while shard.created > second, let parent = parents(of: shard).first(where: { $0.range.contains(hashKey) }) {
            shard = parent
        }
        return shard
    }

    func parents(of shard: Shard) -> [Shard] {
        [shard.parent, shard.adjacentParent].compactMap { index in index.flatMap { self.shard($0) } }
    }

    func children(of index: Int32) -> [Shard] {
        shards.filter { $0.parent == index || $0.adjacentParent == index }
    }

    /// Records that arrived before this are gone; epoch milliseconds.
    func horizon(at now: Int64) -> Int64 {
        max(hiddenBefore, now - Int64(retentionHours) * 3_600_000)
    }

    /// True once the records of a closed shard have all expired.
    func hasExpired(_ shard: Shard, at now: Int64) -> Bool {
        shard.closeSecond.map { $0 * 1000 + 999 < horizon(at: now) } ?? false
    }
}
