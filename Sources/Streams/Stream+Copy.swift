import Synchronization

extension Stream {
    /// Appends all records that memory has to another log, each with the number that it has here.
    /// - Parameter sealer: seals all of them; nil keeps them as they are.
    package func copyRecords(to log: RecordLog, sealer: (any RecordSealer)?) throws(LogError) {
        for shard in currentLayout.shards { try shard.copyRecords(to: log, stream: id, sealer: sealer) }
    }
}

extension Shard {
    /// Records of a chunk as they were; their bytes are never written again.
    private struct Held: Sendable {
        var chunk: RecordChunk
        var entries: ContiguousArray<RecordEntry>
    }

    fileprivate func copyRecords(to log: RecordLog, stream: UInt64, sealer: (any RecordSealer)?) throws(LogError) {
        let held = state.withLock { state in state.blocks.compactMap { $0.chunk.map { Held(chunk: $0, entries: $0.entries) } } }
        for held in held {
            var first = 0
            while first < held.entries.count {
                guard !held.entries[first].isDead else {
                    first += 1
                    continue
                }
                let end = Self.end(of: first, in: held.entries)
                let entries = held.entries[first..<end].map { entry in
                    let parts = held.chunk.parts(of: entry)
                    return PutEntry(hashKey: 0, partitionKey: parts.key, data: parts.data)
                }
                try StreamRecordFrame.append(
                    entries,
                    Array(entries.indices),
                    stream: stream,
                    shard: self,
                    firstCounter: held.chunk.firstCounter + UInt64(first),
                    arrival: held.entries[first].arrival,
                    sealer: sealer,
                    to: log
                ).whenDecided { _ in }
                first = end
            }
        }
    }

    /// The end of the records that came together: an entry of the log has one arrival.
    private static func end(of first: Int, in entries: ContiguousArray<RecordEntry>) -> Int {
        var (end, bytes) = (first, 0)
        while end < entries.count, !entries[end].isDead, entries[end].arrival == entries[first].arrival, end == first || bytes < RecordBlock.fullSize
        {
            bytes += entries[end].size
            end += 1
        }
        return end
    }
}
