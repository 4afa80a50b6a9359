/// A record to be put. Slices are taken as they are: the one copy is the one into the shard.
package struct PutEntry: Sendable {
    /// The MD5 of the partition key, or the explicit hash key instead.
    package var hashKey: UInt128
    /// UTF-8, at most 65,535 bytes.
    package var partitionKey: ArraySlice<UInt8>
    package var data: ArraySlice<UInt8>

    package init(hashKey: UInt128, partitionKey: ArraySlice<UInt8>, data: ArraySlice<UInt8>) {
        precondition(partitionKey.count <= Int(UInt16.max), "a partition key has at most 256 characters")
        self.hashKey = hashKey
        self.partitionKey = partitionKey
        self.data = data
    }

    package init(hashKey: UInt128, partitionKey: [UInt8], data: [UInt8]) {
        self.init(hashKey: hashKey, partitionKey: partitionKey[...], data: data[...])
    }

    /// Copies both, once: memory that is borrowed cannot be kept until the record is in its shard.
    package init(hashKey: UInt128, partitionKey: UnsafeRawBufferPointer, data: UnsafeRawBufferPointer) {
        self.init(hashKey: hashKey, partitionKey: Array(partitionKey), data: Array(data))
    }

    package var size: Int { partitionKey.count + data.count }
}

/// What became of one entry.
package enum PutOutcome: Sendable, Equatable {
    /// Committed, as the log's policy understands it.
    case stored(shard: Int32, number: SequenceNumber)
    /// The shard has carried all it can; only with limits.
    case throttled(shard: Int32)
    /// The log could not take it; the record is nowhere.
    case failed(LogError)
}
