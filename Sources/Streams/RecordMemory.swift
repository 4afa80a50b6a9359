import Synchronization

/// How much memory the records of many streams take, and how much they may.
///
/// What is above the budget is given up by `enforceBudget`, oldest first: those records are read back from the log when somebody asks for them, or,
/// where there is no log, are gone as if they had expired.
package final class RecordMemory: Sendable {
    /// Bytes; nil for no bound.
    package let budget: Int?
    /// Whether records above the budget are gone, for want of a log.
    private let forgets: Bool
    private let used = Atomic(0)

    package init(budget: Int? = nil, forgets: Bool = false) {
        self.budget = budget
        self.forgets = forgets
    }

    /// Bytes that are held now, those that only an answer under way holds included.
    package var bytes: Int { used.load(ordering: .relaxed) }

    /// Whether more is held than may be.
    package var isOver: Bool {
        budget.map { bytes > $0 } ?? false
    }

    func add(_ bytes: Int) {
        used.add(bytes, ordering: .relaxed)
    }

    /// Gives up the memory of the oldest blocks of records until an eighth of the budget is free again. A block that is still being
    /// written to the disk stays.
    ///
    /// - Returns: how many records are gone.
    @discardableResult
    package func enforceBudget(_ streams: some Sequence<Stream>) -> UInt64 {
        guard let budget, isOver else { return 0 }
        var candidates: [(block: Shard.Resident, shard: Shard)] = []
        for stream in streams {
            for shard in stream.currentLayout.shards { candidates += shard.resident(evenAlone: forgets).map { ($0, shard) } }
        }
        candidates.sort { $0.block.lastArrival < $1.block.lastArrival }
        var lost: UInt64 = 0
        for (block, shard) in candidates {
            guard bytes > budget - budget / 8 else { break }
            if forgets { lost += shard.forget(through: block) } else { shard.evict(block) }
        }
        return lost
    }
}
