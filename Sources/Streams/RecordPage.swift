/// A record as it is stored. The bytes are valid only during the call that hands them out.
package struct StoredRecord {
    package let number: SequenceNumber
    /// Epoch milliseconds.
    package let arrival: Int64
    /// UTF-8.
    package let partitionKey: UnsafeRawBufferPointer
    package let data: UnsafeRawBufferPointer
}

/// A shard that goes on where a closed one ended.
package struct ChildShard: Hashable, Sendable {
    package var index: Int32
    /// One parent after a split, two after a merge, in the order they were named.
    package var parents: [Int32]
    package var range: HashRange
}

/// One answer to a read. It holds on to the memory of its records; making it copies none of them.
package struct RecordPage: Sendable {
    struct Run: Sendable {
        let chunk: RecordChunk
        let firstCounter: UInt64
        let entries: ContiguousArray<RecordEntry>
    }

    var runs: [Run] = []
    /// Records in the page, and the sum of their partition keys and data in bytes.
    package internal(set) var count = 0
    package internal(set) var bytes = 0
    /// The partition keys' part of the bytes.
    package internal(set) var keyBytes = 0
    /// Where the next read goes on.
    package internal(set) var next: ShardPosition
    /// 0 at the tip; otherwise the age of the last record returned.
    package internal(set) var millisBehindLatest: Int64 = 0
    /// True when the shard is closed and everything in it has been read: there is no next iterator.
    package internal(set) var isEnd = false
    /// Where to go from the end; empty before it.
    package internal(set) var children: [ChildShard] = []

    /// Calls `body` for each record in order.
    package func forEach<Failure: Error>(_ body: (StoredRecord) throws(Failure) -> Void) throws(Failure) {
        for run in runs {
            for (offset, entry) in run.entries.enumerated() where !entry.isDead {
                let (key, data) = run.chunk.parts(of: entry)
                let number = SequenceNumber(
                    shardCreated: next.shardCreated,
                    shardIndex: next.shardIndex,
                    counter: run.firstCounter + UInt64(offset),
                    second: entry.arrival / 1000
                )
                // Proof: the chunk outlives the call, for `self` holds it through the run.
                try body(StoredRecord(number: number, arrival: entry.arrival, partitionKey: key, data: data))
            }
        }
    }
}
