extension Kernels {
    /// Adds `weight · x·xᵀ` to a square matrix, rows one after the other: each row from the vector of eight that holds its diagonal on.
    /// - Parameters:
    ///   - x: whole vectors of eight.
    ///   - matrix: `x.count` rows of `x.count` numbers.
    package static func addOuterProduct(
        _ x: UnsafeBufferPointer<SIMD8<Float>>,
        weight: Float,
        into matrix: UnsafeMutableBufferPointer<SIMD8<Float>>
    ) {
        for row in 0..<x.count * 8 {
            let value = x[row >> 3][row & 7] * weight
            if value == 0 { continue }
            let factor = SIMD8<Float>(repeating: value)
            for lane in row >> 3..<x.count { matrix[row * x.count + lane] += factor * x[lane] }
        }
    }

    /// `sums += weight · x`.
    package static func addVector(_ x: UnsafeBufferPointer<SIMD8<Float>>, weight: Float, into sums: UnsafeMutableBufferPointer<SIMD8<Float>>) {
        let factor = SIMD8<Float>(repeating: weight)
        for lane in x.indices { sums[lane] += factor * x[lane] }
    }

    /// The inner product of two vectors.
    package static func product(_ x: UnsafeBufferPointer<SIMD8<Float>>, _ y: UnsafeBufferPointer<SIMD8<Float>>) -> Float {
        var sum = SIMD8<Float>.zero
        for lane in x.indices { sum += x[lane] * y[lane] }
        return sum.sum()
    }
}
