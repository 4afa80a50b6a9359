import Kernels

/// The k largest of many values; equal values in the order of their index.
struct TopK {
    /// At most so many are kept.
    let capacity: Int
    /// Values below it are not among the largest.
    private(set) var least = -Float.infinity
    /// A heap of ranks, whose root is the first to leave.
    private var ranks: [UInt64] = []

    init(capacity: Int) {
        self.capacity = capacity
        ranks.reserveCapacity(capacity)
    }

    var isFull: Bool { ranks.count == capacity }

    static func select(_ values: [Float], _ k: Int, allow: Bitset? = nil) -> [Int32] {
        guard k > 0 else { return [] }
        var best = TopK(capacity: min(k, values.count))
        for (index, value) in values.enumerated() {
            if value < best.least { continue }
            if let allow, !allow[index] { continue }
            best.add(value, Int32(truncatingIfNeeded: index))
        }
        return best.sorted()
    }

    mutating func add(_ value: Float, _ index: Int32) {
        if value < least { return }
        let rank = Self.rank(value, index)
        if ranks.count < capacity {
            ranks.append(rank)
            // Until there are too many nothing has to leave, so there is no heap before.
            if ranks.count < capacity { return }
            for node in (0..<ranks.count / 2).reversed() { sink(ranks[node], from: node) }
        } else if let root = ranks.first, rank > root {
            sink(rank, from: 0)
        }
        if let root = ranks.first { least = Self.value(root) }
    }

    /// Best first.
    func sorted() -> [Int32] {
        var ordered = ranks
        ordered.withUnsafeMutableBufferPointer { Kernels.sort($0) }
        return ordered.reversed().map { Int32(bitPattern: ~UInt32(truncatingIfNeeded: $0)) }
    }

    mutating func removeAll() {
        ranks.removeAll(keepingCapacity: true)
        least = -.infinity
    }

    /// A number that is larger for what comes first: the value in the upper half, in the order of its bits, the index turned round below.
    private static func rank(_ value: Float, _ index: Int32) -> UInt64 {
        // Adding zero makes one of the two zeros.
        let bits = (value + 0).bitPattern
        let ordered = bits >> 31 == 0 ? bits | 1 << 31 : ~bits
        return UInt64(ordered) << 32 | UInt64(~UInt32(bitPattern: index))
    }

    private static func value(_ rank: UInt64) -> Float {
        let ordered = UInt32(rank >> 32)
        return Float(bitPattern: ordered >> 31 == 1 ? ordered & ~(1 << 31) : ~ordered)
    }

    /// Puts a rank in the place of one, and moves it down to where those below are no smaller.
    private mutating func sink(_ rank: UInt64, from start: Int) {
        var node = start
        while 2 * node + 1 < ranks.count {
            var child = 2 * node + 1
            if child + 1 < ranks.count, ranks[child + 1] < ranks[child] { child += 1 }
            if rank <= ranks[child] { break }
            ranks[node] = ranks[child]
            node = child
        }
        ranks[node] = rank
    }
}
