/// The k largest of many values; equal values in the order of their index.
enum TopK {
    static func select(_ values: [Float], _ k: Int, allow: Bitset? = nil) -> [Int32] {
        guard k > 0 else { return [] }
        // A min-heap by (value, later index first): its root is the first to leave.
        var heap: [(value: Float, index: Int32)] = []
        heap.reserveCapacity(min(k, values.count))
        func isWorse(_ left: (value: Float, index: Int32), _ right: (value: Float, index: Int32)) -> Bool {
            left.value < right.value || (left.value == right.value && left.index > right.index)
        }
        func sink() {
            var parent = 0
            while true {
                var worst = parent
                for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && isWorse(heap[child], heap[worst]) { worst = child }
                if worst == parent { return }
                heap.swapAt(worst, parent)
                parent = worst
            }
        }
        for (index, value) in values.enumerated() {
            if heap.count == k, value <= heap[0].value { continue }
            if let allow, !allow[index] { continue }
            if heap.count == k {
                heap[0] = (value, Int32(index))
                sink()
                continue
            }
            heap.append((value, Int32(index)))
            var child = heap.count - 1
            while child > 0, isWorse(heap[child], heap[(child - 1) / 2]) {
                heap.swapAt(child, (child - 1) / 2)
                child = (child - 1) / 2
            }
        }
        return heap.sorted { isWorse($1, $0) }.map(\.index)
    }
}
