/// Where a record lies in its chunk, and when it came. 24 bytes.
struct RecordEntry: Sendable {
    /// Epoch milliseconds; never below that of the record before.
    var arrival: Int64
    var offset: UInt32
    var dataLength: UInt32
    var keyLength: UInt16
    /// True for a record that the log refused after its position was taken: readers pass over it.
    var isDead = false

    var size: Int { Int(keyLength) + Int(dataLength) }
}

/// Up to a mebibyte of records of one shard, partition key and data one after the other in a single piece of memory.
///
/// Proof of the unchecked conformance: `bytes` below an entry that has been handed out are never written again, so readers need no lock;
/// everything else is touched only under the mutex of the shard that owns the chunk.
final class RecordChunk: @unchecked Sendable {
    private let bytes: UnsafeMutableRawPointer
    private let capacity: Int
    private var used = 0
    private let memory: RecordMemory
    let firstCounter: UInt64
    private(set) var entries: ContiguousArray<RecordEntry> = []

    init(capacity: Int, firstCounter: UInt64, memory: RecordMemory) {
        self.capacity = capacity
        self.firstCounter = firstCounter
        self.memory = memory
        memory.add(capacity)
        bytes = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
    }

    deinit {
        bytes.deallocate()
        memory.add(-capacity)
    }

    var endCounter: UInt64 { firstCounter + UInt64(entries.count) }

    func hasCapacity(for size: Int) -> Bool {
        capacity - used >= size
    }

    /// Copies one record in; the caller has seen to the capacity.
    func append(key: ArraySlice<UInt8>, data: ArraySlice<UInt8>, arrival: Int64) {
        precondition(hasCapacity(for: key.count + data.count), "a chunk must have the capacity for its record")
        let entry = RecordEntry(
            arrival: arrival,
            offset: UInt32(used),
            dataLength: UInt32(data.count),
            keyLength: UInt16(key.count)
        )
        copy(key)
        copy(data)
        entries.append(entry)
    }

    /// Stands for records that are lost, up to a counter.
    func appendDead(before counter: UInt64, arrival: Int64) {
        while endCounter < counter {
            entries.append(RecordEntry(arrival: arrival, offset: UInt32(used), dataLength: 0, keyLength: 0, isDead: true))
        }
    }

    private func copy(_ piece: ArraySlice<UInt8>) {
        piece.withUnsafeBytes { source in
            // Proof: `used + source.count` is at most `capacity`, for `append` has checked the capacity for both its pieces.
            if let base = source.baseAddress { (bytes + used).copyMemory(from: base, byteCount: source.count) }
        }
        used += piece.count
    }

    func kill(_ counters: Range<UInt64>) {
        let range = counters.clamped(to: firstCounter..<endCounter)
        for counter in range { entries[Int(counter - firstCounter)].isDead = true }
    }

    /// Partition key and data of an entry of this chunk; valid while the chunk is held.
    func parts(of entry: RecordEntry) -> (key: UnsafeRawBufferPointer, data: UnsafeRawBufferPointer) {
        let start = UnsafeRawPointer(bytes) + Int(entry.offset)
        return (
            UnsafeRawBufferPointer(start: start, count: Int(entry.keyLength)),
            UnsafeRawBufferPointer(start: start + Int(entry.keyLength), count: Int(entry.dataLength))
        )
    }
}
