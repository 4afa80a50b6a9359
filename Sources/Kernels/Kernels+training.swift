import CProcessor

extension Kernels {
    /// `values = exp(bias + short + long)`, element by element; then each state decays by its factor.
    ///
    /// Nothing is taken off the logits first: they are logarithms of probabilities and of how much likelier an item is than at large, far from
    /// the 80 and the -87 at which `exp` cuts them off.
    /// - Parameters:
    ///   - states: per value its short and its long state, side by side.
    ///   - decays: of the short and the long states.
    /// - Returns: the sum of the values. There are few enough of them that the rounding of a Float sum stays small.
    package static func exponentials(
        bias: UnsafeBufferPointer<SIMD8<Float>>,
        states: UnsafeMutableBufferPointer<SIMD8<Float>>,
        decays: SIMD2<Float>,
        into values: UnsafeMutableBufferPointer<SIMD8<Float>>
    ) -> Float {
        let decay = fourfold(decays)
        var sums = SIMD8<Float>.zero
        for index in values.indices {
            let (low, high) = (states[2 * index], states[2 * index + 1])
            let first: SIMD4<Float> = low.evenHalf + low.oddHalf
            let second: SIMD4<Float> = high.evenHalf + high.oddHalf
            let value = exp(smaller(bias[index] + SIMD8<Float>(lowHalf: first, highHalf: second), SIMD8(repeating: 80)))
            values[index] = value
            sums += value
            states[2 * index] = low * decay
            states[2 * index + 1] = high * decay
        }
        return sums.sum()
    }

    /// Each state decays by its factor, the short and the long ones side by side.
    package static func decay(_ states: UnsafeMutableBufferPointer<SIMD8<Float>>, by decays: SIMD2<Float>) {
        let decay = fourfold(decays)
        for index in states.indices { states[index] *= decay }
    }

    /// One step backwards: with `e = factor · weights`, `total += e`, and `G = e + decay · G` per timescale.
    /// - Parameters:
    ///   - sums: G, per weight the short and the long one, side by side.
    ///   - next: the weights of the next step, as many, which are fetched ahead.
    package static func sumBackwards(
        _ weights: UnsafeBufferPointer<SIMD8<Float>>,
        times factor: Float,
        sums: UnsafeMutableBufferPointer<SIMD8<Float>>,
        decays: SIMD2<Float>,
        total: UnsafeMutableBufferPointer<SIMD8<Float>>,
        next: UnsafeBufferPointer<SIMD8<Float>>
    ) {
        guard let next = next.baseAddress else { return }
        let (decay, factor) = (fourfold(decays), SIMD8<Float>(repeating: factor))
        for index in weights.indices {
            processor_prefetch(next + index)
            let error = weights[index] * factor
            total[index] += error
            sums[2 * index] = twofold(error.lowHalf) + decay * sums[2 * index]
            sums[2 * index + 1] = twofold(error.highHalf) + decay * sums[2 * index + 1]
        }
    }

    /// Each number twice, side by side.
    @inline(__always)
    private static func twofold(_ numbers: SIMD4<Float>) -> SIMD8<Float> {
        SIMD8<Float>(numbers[0], numbers[0], numbers[1], numbers[1], numbers[2], numbers[2], numbers[3], numbers[3])
    }

    @inline(__always)
    private static func fourfold(_ pair: SIMD2<Float>) -> SIMD8<Float> {
        let twice = SIMD4<Float>(lowHalf: pair, highHalf: pair)
        return SIMD8<Float>(lowHalf: twice, highHalf: twice)
    }

    /// Adagrad on one sparse row of two timescales: the slopes of `values[n]` are `slopes[slots[n]]`, for each n of `range`.
    /// - Parameter squares: the sums of the squared slopes, above 0.
    package static func adagrad(
        _ range: Range<Int>,
        slots: UnsafeBufferPointer<UInt8>,
        slopes: UnsafeMutableBufferPointer<SIMD2<Float>>,
        rate: Float,
        values: UnsafeMutableBufferPointer<SIMD2<Float>>,
        squares: UnsafeMutableBufferPointer<SIMD2<Float>>
    ) {
        guard let value = UnsafeMutableRawPointer(values.baseAddress), let square = UnsafeMutableRawPointer(squares.baseAddress) else { return }
        let whole = range.lowerBound + range.count & ~3
        for index in stride(from: range.lowerBound, to: whole, by: 4) {
            let low = SIMD4<Float>(lowHalf: slopes[Int(slots[index])], highHalf: slopes[Int(slots[index + 1])])
            let high = SIMD4<Float>(lowHalf: slopes[Int(slots[index + 2])], highHalf: slopes[Int(slots[index + 3])])
            step(SIMD8<Float>(lowHalf: low, highHalf: high), rate, value + 8 * index, square + 8 * index)
        }
        for index in whole..<range.upperBound {
            let own = slopes[Int(slots[index])]
            let sum = squares[index] + own * own
            squares[index] = sum
            let root = inverseRoot(fourfold(sum))
            values[index] -= own * rate * root.lowHalf.lowHalf
        }
    }

    /// Adagrad on values whose slopes lie side by side, in whole vectors.
    package static func adagrad(
        slopes: UnsafeMutableBufferPointer<SIMD8<Float>>,
        rate: Float,
        values: UnsafeMutableBufferPointer<SIMD8<Float>>,
        squares: UnsafeMutableBufferPointer<SIMD8<Float>>
    ) {
        guard let value = UnsafeMutableRawPointer(values.baseAddress), let square = UnsafeMutableRawPointer(squares.baseAddress) else { return }
        for index in slopes.indices { step(slopes[index], rate, value + 32 * index, square + 32 * index) }
    }

    /// One step of Adagrad on eight values, which need not be aligned.
    @inline(__always)
    private static func step(_ slopes: SIMD8<Float>, _ rate: Float, _ values: UnsafeMutableRawPointer, _ squares: UnsafeMutableRawPointer) {
        let sums = squares.loadUnaligned(as: SIMD8<Float>.self) + slopes * slopes
        let old = values.loadUnaligned(as: SIMD8<Float>.self)
        squares.storeBytes(of: sums, as: SIMD8<Float>.self)
        values.storeBytes(of: old - slopes * rate * inverseRoot(sums), as: SIMD8<Float>.self)
    }

    /// 1 / √x for x > 0, relative error below 7e-4, which is nothing to the length of a step: halving the exponent is a first guess, and one of
    /// Newton's steps, its constants moved so that the error is the same to both sides, makes it good (J. Kadlec, "Řrřlog: Improving the fast
    /// inverse square root", 2010).
    @inline(__always)
    private static func inverseRoot(_ x: SIMD8<Float>) -> SIMD8<Float> {
        let root = unsafeBitCast(0x5f1f_fff9 &- (unsafeBitCast(x, to: SIMD8<Int32>.self) &>> 1), to: SIMD8<Float>.self)
        return root * 0.703_952_253 * (2.389_244_56 - x * root * root)
    }

    /// `sums[slots[n]] += factors · values[n]`, two timescales side by side, for each n of `range`.
    package static func scatter(
        _ range: Range<Int>,
        slots: UnsafeBufferPointer<UInt8>,
        values: UnsafeMutableBufferPointer<SIMD2<Float>>,
        times factors: SIMD2<Float>,
        into sums: UnsafeMutableBufferPointer<SIMD2<Float>>
    ) {
        for index in range { sums[Int(slots[index])] += factors * values[index] }
    }

    /// `sums[slots[n]] += values[n]`.
    package static func scatter(
        _ range: Range<Int>,
        slots: UnsafeBufferPointer<UInt8>,
        values: UnsafeMutableBufferPointer<SIMD2<Float>>,
        into sums: UnsafeMutableBufferPointer<SIMD2<Float>>
    ) {
        for index in range { sums[Int(slots[index])] += values[index] }
    }

    /// Begins to fetch a row that is about to be used: rows lie all over a memory that is larger than the caches, and each is short, so the
    /// processor does not foresee them.
    package static func prefetch(
        _ range: Range<Int>,
        slots: UnsafeBufferPointer<UInt8>,
        values: UnsafeMutableBufferPointer<SIMD2<Float>>,
        squares: UnsafeMutableBufferPointer<SIMD2<Float>>? = nil
    ) {
        prefetch(slots.baseAddress.map { $0 + range.lowerBound }, bytes: range.count)
        prefetch(values.baseAddress.map { $0 + range.lowerBound }, bytes: 8 * range.count)
        guard let squares = squares?.baseAddress else { return }
        prefetch(squares + range.lowerBound, bytes: 8 * range.count)
    }

    @inline(__always)
    private static func prefetch(_ start: UnsafeRawPointer?, bytes: Int) {
        guard let start else { return }
        for offset in stride(from: 0, to: bytes + 63, by: 64) { processor_prefetch(start + offset) }
    }
}
