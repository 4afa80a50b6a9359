/// Softmax over a whole catalogue. Sums are Double; the exponential is Float, eight lanes at a time.
enum Softmax {
    /// What turns a logit into a probability: exp((logit - peak) / temperature) / sum.
    struct Scale {
        let peak: Float
        let inverseTemperature: Double
        let sum: Double

        func probability(_ logit: Float) -> Double { Platform.exp(Double(logit - peak) * inverseTemperature) / sum }
    }

    static func scale(_ logits: [Float], temperature: Double) -> Scale {
        var peak = -Float.infinity
        for logit in logits where logit > peak { peak = logit }
        var sum = 0.0
        let inverse = Float(1 / temperature)
        logits.withUnsafeBufferPointer { logits in
            let whole = logits.count & ~7
            var index = 0
            while index < whole {
                // whole ≤ count, so eight floats from index lie inside.
                let lanes = UnsafeRawPointer(logits.baseAddress! + index).loadUnaligned(as: SIMD8<Float>.self)
                sum += Double(exp((lanes - SIMD8(repeating: peak)) * SIMD8(repeating: inverse)).sum())
                index += 8
            }
            while index < logits.count {
                sum += Platform.exp(Double((logits[index] - peak) * inverse))
                index += 1
            }
        }
        return Scale(peak: peak, inverseTemperature: 1 / temperature, sum: sum)
    }

    /// Seven decimals, as the service prints scores.
    static func rounded(_ probability: Double) -> Double { (probability * 1e7).rounded() / 1e7 }

    /// e^x for x ≤ 0, relative error below 3e-7: x = n·ln 2 + r, a polynomial in r, n into the exponent.
    static func exp(_ x: SIMD8<Float>) -> SIMD8<Float> {
        let clamped = x.clamped(lowerBound: SIMD8(repeating: -87), upperBound: SIMD8(repeating: 0))
        let n = (clamped * 1.442_695_04).rounded(.toNearestOrEven)
        let r = (clamped - n * 0.693_359_375) + n * 2.121_944_4e-4
        var value = r * 1.987_569_15e-4 + 1.398_199_95e-3
        value = value * r + 8.333_451_9e-3
        value = value * r + 4.166_579_6e-2
        value = value * r + 1.666_666_55e-1
        value = value * r + 5.000_000_1e-1
        value = value * r * r + r + 1
        let power = (SIMD8<Int32>(n) &+ 127) &<< 23
        return value * unsafeBitCast(power, to: SIMD8<Float>.self)
    }
}
