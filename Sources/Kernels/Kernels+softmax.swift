extension Kernels {
    /// The sum of `exp((logit - peak) · inverse)` over the whole vectors of eight; the caller adds the up to seven that are left.
    /// - Parameter peak: at least as large as each logit.
    package static func sumOfExponentials(_ logits: UnsafeBufferPointer<Float>, peak: Float, inverse: Float) -> Double {
        guard let base = logits.baseAddress else { return 0 }
        var sum = 0.0
        for index in stride(from: 0, to: logits.count & ~7, by: 8) {
            let lanes = UnsafeRawPointer(base + index).loadUnaligned(as: SIMD8<Float>.self)
            sum += Double(exp((lanes - SIMD8(repeating: peak)) * SIMD8(repeating: inverse)).sum())
        }
        return sum
    }

    /// The largest of some numbers, minus infinity of none.
    package static func largest(_ values: UnsafeBufferPointer<Float>) -> Float {
        guard let base = values.baseAddress else { return -.infinity }
        var peaks = SIMD8<Float>(repeating: -.infinity)
        let whole = values.count & ~7
        for index in stride(from: 0, to: whole, by: 8) { peaks = larger(UnsafeRawPointer(base + index).loadUnaligned(as: SIMD8<Float>.self), peaks) }
        var peak = largestLane(peaks)
        for index in whole..<values.count where values[index] > peak { peak = values[index] }
        return peak
    }

    /// Lane by lane: written out, it becomes one instruction for four lanes, where the library's own is a call.
    @inline(__always)
    static func larger(_ left: SIMD8<Float>, _ right: SIMD8<Float>) -> SIMD8<Float> {
        SIMD8(
            left[0] > right[0] ? left[0] : right[0],
            left[1] > right[1] ? left[1] : right[1],
            left[2] > right[2] ? left[2] : right[2],
            left[3] > right[3] ? left[3] : right[3],
            left[4] > right[4] ? left[4] : right[4],
            left[5] > right[5] ? left[5] : right[5],
            left[6] > right[6] ? left[6] : right[6],
            left[7] > right[7] ? left[7] : right[7]
        )
    }

    @inline(__always)
    static func smaller(_ left: SIMD8<Float>, _ right: SIMD8<Float>) -> SIMD8<Float> {
        SIMD8(
            left[0] < right[0] ? left[0] : right[0],
            left[1] < right[1] ? left[1] : right[1],
            left[2] < right[2] ? left[2] : right[2],
            left[3] < right[3] ? left[3] : right[3],
            left[4] < right[4] ? left[4] : right[4],
            left[5] < right[5] ? left[5] : right[5],
            left[6] < right[6] ? left[6] : right[6],
            left[7] < right[7] ? left[7] : right[7]
        )
    }

    /// Written out too: the library's own would stay a function, and one that both versions of these loops share is compiled for one of them.
    @inline(__always)
    static func largestLane(_ lanes: SIMD8<Float>) -> Float {
        let first = lanes[0] > lanes[4] ? lanes[0] : lanes[4]
        let second = lanes[1] > lanes[5] ? lanes[1] : lanes[5]
        let third = lanes[2] > lanes[6] ? lanes[2] : lanes[6]
        let fourth = lanes[3] > lanes[7] ? lanes[3] : lanes[7]
        let left = first > third ? first : third
        let right = second > fourth ? second : fourth
        return left > right ? left : right
    }

    /// e^x for x ≤ 88, of less than -87 that of -87; relative error below 3e-7: x = n·ln 2 + r, a polynomial in r, n into the exponent.
    @inline(__always)
    package static func exp(_ x: SIMD8<Float>) -> SIMD8<Float> {
        let clamped = larger(x, SIMD8(repeating: -87))
        // Adding 1.5·2^23 leaves the nearest whole number in the low bits: no instruction for rounding is needed.
        let magic = clamped * 1.442_695_04 + 12_582_912
        let n = magic - 12_582_912
        let r = (clamped - n * 0.693_359_375) + n * 2.121_944_4e-4
        var value = r * 1.987_569_15e-4 + 1.398_199_95e-3
        value = value * r + 8.333_451_9e-3
        value = value * r + 4.166_579_6e-2
        value = value * r + 1.666_666_55e-1
        value = value * r + 5.000_000_1e-1
        value = value * r * r + r + 1
        let power = (unsafeBitCast(magic, to: SIMD8<Int32>.self) &- 0x4b40_0000 &+ 127) &<< 23
        return value * unsafeBitCast(power, to: SIMD8<Float>.self)
    }
}
