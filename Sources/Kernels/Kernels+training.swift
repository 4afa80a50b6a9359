extension Kernels {
    /// `sums = bias + short + long`, element by element; then each state decays by its factor. One walk through memory for the three.
    package static func addStates(
        bias: UnsafeMutableBufferPointer<SIMD8<Float>>,
        short: UnsafeMutableBufferPointer<SIMD8<Float>>,
        long: UnsafeMutableBufferPointer<SIMD8<Float>>,
        decays: (Float, Float),
        into sums: UnsafeMutableBufferPointer<SIMD8<Float>>
    ) {
        let (first, second) = (SIMD8<Float>(repeating: decays.0), SIMD8<Float>(repeating: decays.1))
        for index in sums.indices {
            sums[index] = bias[index] + short[index] + long[index]
            short[index] *= first
            long[index] *= second
        }
    }

    /// `G[t] = e[t] + factor·G[t + 1]` per timescale, backwards over positions of `lanes` vectors each.
    /// - Parameter short: holds e, and G of the first timescale in its place afterwards; `long` holds that of the second.
    package static func sumBackwards(
        short: UnsafeMutableBufferPointer<SIMD8<Float>>,
        long: UnsafeMutableBufferPointer<SIMD8<Float>>,
        positions: Int,
        lanes: Int,
        decays: (Float, Float)
    ) {
        let (first, second) = (SIMD8<Float>(repeating: decays.0), SIMD8<Float>(repeating: decays.1))
        for lane in (positions - 1) * lanes..<positions * lanes { long[lane] = short[lane] }
        for here in stride(from: (positions - 2) * lanes, through: 0, by: -lanes) {
            for lane in here..<here + lanes {
                let error = short[lane]
                long[lane] = error + second * long[lane + lanes]
                short[lane] = error + first * short[lane + lanes]
            }
        }
    }

    /// Adagrad on one sparse row: the slope of `values[n]` is `slopes[slots[n]]`, for each n of `range`.
    /// - Parameters:
    ///   - sums: of the squared slopes, above 0.
    ///   - gather: room for some slopes: they are gathered first, so that roots and quotients come several at a time.
    package static func adagrad(
        _ range: Range<Int>,
        slots: UnsafeBufferPointer<Int32>,
        slopes: UnsafeMutableBufferPointer<Float>,
        rate: Float,
        values: UnsafeMutableBufferPointer<Float>,
        sums: UnsafeMutableBufferPointer<Float>,
        gather: UnsafeMutableBufferPointer<Float>
    ) {
        for start in stride(from: range.lowerBound, to: range.upperBound, by: gather.count) {
            let count = min(gather.count, range.upperBound - start)
            for index in 0..<count { gather[index] = slopes[Int(slots[start + index])] }
            for index in 0..<count {
                let slope = gather[index]
                let sum = sums[start + index] + slope * slope
                sums[start + index] = sum
                values[start + index] -= rate * slope / sum.squareRoot()
            }
        }
    }

    /// Adagrad on `values[range]`, with slopes that lie side by side.
    package static func adagrad(
        _ range: Range<Int>,
        slopes: UnsafeMutableBufferPointer<Float>,
        rate: Float,
        values: UnsafeMutableBufferPointer<Float>,
        sums: UnsafeMutableBufferPointer<Float>
    ) {
        for index in range {
            let slope = slopes[index]
            sums[index] += slope * slope
            values[index] -= rate * slope / sums[index].squareRoot()
        }
    }

    /// `sums[n] += values[n]` for each n of `range`.
    package static func add(_ range: Range<Int>, of values: UnsafeMutableBufferPointer<Float>, into sums: UnsafeMutableBufferPointer<Float>) {
        for index in range { sums[index] += values[index] }
    }
}
