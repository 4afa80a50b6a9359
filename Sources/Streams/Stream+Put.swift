extension Stream {
    /// Puts records, each into the open shard of its hash key; those of one shard keep their order.
    ///
    /// - Parameters:
    ///   - now: epoch milliseconds.
    ///   - completion: called exactly once with one outcome per entry, when all of them are committed or have failed. On this thread and
    ///     before `put` returns unless the log syncs always; then on the log's thread. No lock is held.
    package func put(_ entries: [PutEntry], at now: Int64, completion: @escaping @Sendable ([PutOutcome]) -> Void) {
        let placement = put(entries, at: now)
        guard let commit = placement.commit else { return completion(placement.outcomes) }
        commit.whenDecided { completion($0) }
    }

    /// Puts records and returns at once where they stand; what still has to reach the disk is in the answer's `commit`.
    ///
    /// - Parameter now: epoch milliseconds.
    package func put(_ entries: [PutEntry], at now: Int64) -> Placement {
        var outcomes = [PutOutcome](repeating: .failed(.closed), count: entries.count)
        var commit: PendingCommit?
        var rest = Array(entries.indices)
        let sealer = sealer
        // A second round is only needed when a shard turned out to have ended, and its children take over from the next second.
        var second = now / 1000
        while !rest.isEmpty {
            let groups = grouped(rest, of: entries, second: second)
            rest = []
            for (shard, picks) in groups {
                let appended = shard.append(entries, picks, at: max(now, second * 1000), stream: id, sealer: sealer, to: log)
                switch consume appended {
                case .ended(let last):
                    rest += picks
                    second = max(second, last + 1)
                case .failed(let error):
                    for pick in picks { outcomes[pick] = .failed(error) }
                case .taken(let taken, let first, let arrival, let entry):
                    for pick in picks where taken.count < picks.count { outcomes[pick] = .throttled(shard: shard.index) }
                    for (offset, pick) in taken.enumerated() {
                        let number = SequenceNumber(
                            shardCreated: shard.created,
                            shardIndex: shard.index,
                            counter: first + UInt64(offset),
                            second: arrival / 1000
                        )
                        outcomes[pick] = .stored(shard: shard.index, number: number)
                    }
                    if let entry { follow(entry, CommitWait(shard: shard, picks: taken, first: first), &commit) }
                }
            }
            rest.sort()
        }
        commit?.begin(outcomes)
        return Placement(outcomes: outcomes, commit: commit)
    }

    /// The shard that a record with this hash key goes to.
    ///
    /// - Parameter now: epoch milliseconds.
    package func shard(taking hashKey: UInt128, at now: Int64) -> Int32 {
        currentLayout.route(hashKey, second: now / 1000).index
    }

    /// The entries by the shard that takes them, each group in the order given.
    private func grouped(_ picks: [Int], of entries: [PutEntry], second: Int64) -> [(shard: Shard, picks: [Int])] {
        let layout = currentLayout
        var groups: [(shard: Shard, picks: [Int])] = []
        var groupOf: [Int32: Int] = [:]
        for pick in picks {
            let shard = layout.route(entries[pick].hashKey, second: second)
            if let group = groupOf[shard.index] {
                groups[group].picks.append(pick)
            } else {
                groupOf[shard.index] = groups.count
                groups.append((shard, [pick]))
            }
        }
        return groups
    }

    /// Records become visible, or dead, as the log decides, whether anybody asks or not.
    private func follow(_ entry: consuming PendingEntry, _ wait: CommitWait, _ commit: inout PendingCommit?) {
        // They are visible already.
        guard !log.isImmediate else { return entry.whenDecided { _ in } }
        let whole = commit ?? PendingCommit()
        commit = whole
        whole.expect()
        entry.whenDecided { result in
            if case .success = result {
                wait.shard.settle(wait.range, isCommitted: true)
            } else {
                wait.shard.settle(wait.range, isCommitted: false)
            }
            whole.settle(wait.picks, result)
        }
    }
}

/// The records of one put in one shard, on their way to the disk.
private struct CommitWait: Sendable {
    let shard: Shard
    let picks: [Int]
    let first: UInt64

    var range: Range<UInt64> { first..<first + UInt64(picks.count) }
}
