/// The shards that a queue looks into, one after the other: each once its parents, as far as they have not expired, were read to their ends.
struct ShardTurn {
    /// Those that can be read, those before the next one included.
    private(set) var open: [Int32] = []
    private var position = 0
    /// How many parents a shard waits for, and who waits for a parent.
    private var waiting: [Int32: Int] = [:]
    private var children: [Int32: [Int32]] = [:]

    /// - Parameters:
    ///   - shown: by index.
    ///   - finished: those that were read to their ends.
    ///   - last: the one behind which the turn begins.
    init(_ shown: [ShardDescription], besides finished: Set<Int32>, after last: Int32) {
        let unread = Set(shown.lazy.map(\.index)).subtracting(finished)
        for shard in shown where unread.contains(shard.index) {
            let parents = [shard.parent, shard.adjacentParent].compactMap { $0 }.filter(unread.contains)
            if parents.isEmpty { open.append(shard.index) } else { waiting[shard.index] = parents.count }
            for parent in parents { children[parent, default: []].append(shard.index) }
        }
        let first = open.partitioningIndex { $0 > last }
        open = Array(open[first...] + open[..<first])
    }

    mutating func next() -> Int32? {
        guard position < open.count else { return nil }
        defer { position += 1 }
        return open[position]
    }

    /// The shard that was given last is given once more.
    mutating func again() { position = max(0, position - 1) }

    /// A shard was read to its end: its children may have their turn.
    mutating func finish(_ shard: Int32) {
        for child in children.removeValue(forKey: shard) ?? [] {
            guard let left = waiting[child] else { continue }
            waiting[child] = left - 1
            if left == 1 { open.append(child) }
        }
    }
}
