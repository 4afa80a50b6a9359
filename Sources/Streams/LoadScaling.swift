/// Growing by load: the shards that carry the most are split.
extension Stream {
    /// Splits shards in half until `target` of them are open: always the one that carries the most, and of those that carry as much the one with the
    /// most keys. Each half counts as carrying half of it, for which keys it gets is not known before.
    ///
    /// - Parameters:
    ///   - load: what shards carry, by their index; those without a value carry nothing.
    ///   - now: epoch milliseconds.
    package func halve(to target: Int, load: [Int32: Int], now: Int64) {
        try? reshape(at: now) { draft throws(ReshardRefusal) in draft.halve(to: target, load: load) }
    }
}

extension ReshardDraft {
    fileprivate mutating func halve(to target: Int, load: [Int32: Int]) {
        var load = load
        while layout.leaves.count < target {
            // A shard of a single key cannot be split.
            let heaviest = layout.leaves.lazy.filter { $0.range.start < $0.range.end }.max { left, right in
                let (leftLoad, rightLoad) = (load[left.index] ?? 0, load[right.index] ?? 0)
                if leftLoad != rightLoad { return leftLoad < rightLoad }
                let (leftWidth, rightWidth) = (left.range.end - left.range.start, right.range.end - right.range.start)
                // Of shards that are alike the first one.
                return leftWidth != rightWidth ? leftWidth < rightWidth : left.index > right.index
            }
            guard let shard = heaviest, let halves = shard.range.halves else { return }
            let half = (load[shard.index] ?? 0) / 2
            load[layout.nextIndex] = half
            load[layout.nextIndex + 1] = half
            split(shard, into: halves)
        }
    }
}
