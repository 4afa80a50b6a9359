extension Kernels {
    /// `logits = bias + short + long`, element by element; then each state decays by its factor.
    /// - Returns: the largest logit.
    package static func addStates(
        bias: UnsafeBufferPointer<SIMD8<Float>>,
        short: UnsafeMutableBufferPointer<SIMD8<Float>>,
        long: UnsafeMutableBufferPointer<SIMD8<Float>>,
        decays: (Float, Float),
        into logits: UnsafeMutableBufferPointer<SIMD8<Float>>
    ) -> Float {
        let (first, second) = (SIMD8<Float>(repeating: decays.0), SIMD8<Float>(repeating: decays.1))
        var peaks = SIMD8<Float>(repeating: -.infinity)
        for index in logits.indices {
            let logit = bias[index] + short[index] + long[index]
            logits[index] = logit
            peaks = larger(logit, peaks)
            short[index] *= first
            long[index] *= second
        }
        return peaks.max()
    }

    /// Turns logits into `exp(logit - peak)` in place.
    /// - Parameter peak: at least as large as each logit.
    /// - Returns: their sum. There are few enough of them that the rounding of a Float sum stays small.
    package static func exponentials(_ logits: UnsafeMutableBufferPointer<SIMD8<Float>>, peak: Float) -> Float {
        let peak = SIMD8<Float>(repeating: peak)
        var sums = SIMD8<Float>.zero
        for index in logits.indices {
            let value = exp(logits[index] - peak)
            logits[index] = value
            sums += value
        }
        return sums.sum()
    }

    /// One step backwards: with `e = factor · weights`, `total += e`, and `G = e + decay · G` per timescale.
    package static func sumBackwards(
        _ weights: UnsafeBufferPointer<SIMD8<Float>>,
        times factor: Float,
        short: UnsafeMutableBufferPointer<SIMD8<Float>>,
        long: UnsafeMutableBufferPointer<SIMD8<Float>>,
        decays: (Float, Float),
        total: UnsafeMutableBufferPointer<SIMD8<Float>>
    ) {
        let (first, second, factor) = (SIMD8<Float>(repeating: decays.0), SIMD8<Float>(repeating: decays.1), SIMD8<Float>(repeating: factor))
        for index in weights.indices {
            let error = weights[index] * factor
            total[index] += error
            short[index] = error + first * short[index]
            long[index] = error + second * long[index]
        }
    }

    /// Adagrad on one sparse row of one timescale: the slope of `values[n]` is `slopes[slots[n]]`, for each n of `range`.
    /// - Parameters:
    ///   - sums: of the squared slopes, above 0.
    ///   - gather: whole vectors, for as many slopes as the longest row has: they are gathered first, so that eight are worked on at a time.
    package static func adagrad(
        _ range: Range<Int>,
        slots: UnsafeBufferPointer<UInt8>,
        slopes: UnsafeMutableBufferPointer<Float>,
        rate: Float,
        values: UnsafeMutableBufferPointer<Float>,
        sums: UnsafeMutableBufferPointer<Float>,
        gather: UnsafeMutableBufferPointer<Float>
    ) {
        let start = range.lowerBound
        for index in 0..<range.count { gather[index] = slopes[Int(slots[start + index])] }
        adagrad(
            slopes: UnsafeMutableBufferPointer(rebasing: gather[0..<range.count]),
            rate: rate,
            values: UnsafeMutableBufferPointer(rebasing: values[range]),
            sums: UnsafeMutableBufferPointer(rebasing: sums[range])
        )
    }

    /// Adagrad on values whose slopes lie side by side.
    package static func adagrad(
        slopes: UnsafeMutableBufferPointer<Float>,
        rate: Float,
        values: UnsafeMutableBufferPointer<Float>,
        sums: UnsafeMutableBufferPointer<Float>
    ) {
        guard let slope = UnsafeRawPointer(slopes.baseAddress), let value = UnsafeMutableRawPointer(values.baseAddress),
            let sum = UnsafeMutableRawPointer(sums.baseAddress)
        else { return }
        let whole = slopes.count & ~7
        for offset in stride(from: 0, to: whole * 4, by: 32) {
            let own = slope.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
            let squares = sum.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self) + own * own
            let old = value.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
            sum.storeBytes(of: squares, toByteOffset: offset, as: SIMD8<Float>.self)
            value.storeBytes(of: old - own * rate * inverseRoot(squares), toByteOffset: offset, as: SIMD8<Float>.self)
        }
        for index in whole..<slopes.count {
            sums[index] += slopes[index] * slopes[index]
            values[index] -= slopes[index] * rate * inverseRoot(SIMD8(repeating: sums[index]))[0]
        }
    }

    /// 1 / √x for x > 0, relative error below 5e-6: halving the exponent is a first guess, and two of Newton's steps make it good.
    @inline(__always)
    private static func inverseRoot(_ x: SIMD8<Float>) -> SIMD8<Float> {
        let half = x * 0.5
        var root = unsafeBitCast(0x5f37_59df &- (unsafeBitCast(x, to: SIMD8<Int32>.self) &>> 1), to: SIMD8<Float>.self)
        root *= 1.5 - half * root * root
        root *= 1.5 - half * root * root
        return root
    }

    /// `short[slots[n]] += factors.0 · first[n]` and `long[slots[n]] += factors.1 · second[n]`, for each n of `range`.
    package static func scatter(
        _ range: Range<Int>,
        slots: UnsafeBufferPointer<UInt8>,
        first: UnsafeMutableBufferPointer<Float>,
        second: UnsafeMutableBufferPointer<Float>,
        times factors: (Float, Float),
        into short: UnsafeMutableBufferPointer<Float>,
        _ long: UnsafeMutableBufferPointer<Float>
    ) {
        for index in range {
            let slot = Int(slots[index])
            short[slot] += factors.0 * first[index]
            long[slot] += factors.1 * second[index]
        }
    }

    /// `sums[slots[n]] += factor · values[n]` for each n of `range`.
    package static func scatter(
        _ range: Range<Int>,
        slots: UnsafeBufferPointer<UInt8>,
        values: UnsafeMutableBufferPointer<Float>,
        times factor: Float,
        into sums: UnsafeMutableBufferPointer<Float>
    ) {
        for index in range { sums[Int(slots[index])] += factor * values[index] }
    }
}
