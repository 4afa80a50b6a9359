extension Kernels {
    /// `sums[targets[n]] += factor · values[n]` for each n of `range`, in its order.
    package static func scatter(
        _ range: Range<Int>,
        targets: UnsafeBufferPointer<Int32>,
        values: UnsafeBufferPointer<Float>,
        times factor: Float,
        into sums: UnsafeMutableBufferPointer<Float>
    ) {
        for index in range { sums[Int(targets[index])] += factor * values[index] }
    }

    /// `sums[targets[n]] += factors.0 · first[n] + factors.1 · second[n] + factors.2 · third[n]` for each n of `range`, in its order.
    package static func scatter(
        _ range: Range<Int>,
        targets: UnsafeBufferPointer<Int32>,
        first: UnsafeBufferPointer<Float>,
        second: UnsafeBufferPointer<Float>,
        third: UnsafeBufferPointer<Float>,
        times factors: (Float, Float, Float),
        into sums: UnsafeMutableBufferPointer<Float>
    ) {
        for index in range {
            sums[Int(targets[index])] += factors.0 * first[index] + factors.1 * second[index] + factors.2 * third[index]
        }
    }

    /// As `scatter`, noting each target that has no mark yet.
    /// - Parameters:
    ///   - marks: one per sum, 0 or 1.
    ///   - touched: room for as many targets as there are sums; its first `count` are taken, and are those with a mark.
    /// - Returns: how many are taken now.
    package static func scatterMarking(
        _ range: Range<Int>,
        targets: UnsafeBufferPointer<Int32>,
        values: UnsafeBufferPointer<Float>,
        times factor: Float,
        into sums: UnsafeMutableBufferPointer<Float>,
        marks: UnsafeMutableBufferPointer<UInt8>,
        touched: UnsafeMutableBufferPointer<Int32>,
        count: Int
    ) -> Int {
        var count = count
        for index in range {
            let target = targets[index]
            if marks[Int(target)] == 0 {
                marks[Int(target)] = 1
                touched[count] = target
                count += 1
            }
            sums[Int(target)] += factor * values[index]
        }
        return count
    }

    /// The sum of `dense[indices[n]] · values[n]` over `range`, in its order.
    package static func gatheredProduct(
        _ range: Range<Int>,
        indices: UnsafeBufferPointer<Int32>,
        values: UnsafeBufferPointer<Float>,
        with dense: UnsafeBufferPointer<Float>
    ) -> Float {
        var sum: Float = 0
        for index in range { sum += dense[Int(indices[index])] * values[index] }
        return sum
    }
}
