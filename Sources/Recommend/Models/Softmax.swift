import Kernels

/// Softmax over a whole catalogue. Sums are Double; the exponential is Float, eight lanes at a time.
enum Softmax {
    /// What turns a logit into a probability: exp((logit - peak) / temperature) / sum.
    struct Scale {
        let peak: Float
        let inverseTemperature: Double
        private(set) var sum: Double

        /// The same after one logit has changed.
        /// - Returns: false when so little is left of the sum that its rounding would show in the result: then it has to be computed anew.
        mutating func replace(_ old: Float, with new: Float) -> Bool {
            let before = Platform.exp(Double(old - peak) * inverseTemperature)
            let rest = sum - before
            guard rest > 0.5 * sum else { return false }
            sum = rest + Platform.exp(Double(new - peak) * inverseTemperature)
            return sum.isFinite
        }

        func probability(_ logit: Float) -> Double { Platform.exp(Double(logit - peak) * inverseTemperature) / sum }
    }

    static func scale(_ logits: [Float], temperature: Double) -> Scale {
        let peak = logits.withUnsafeBufferPointer { Kernels.largest($0) }
        let inverse = Float(1 / temperature)
        var sum = logits.withUnsafeBufferPointer { Kernels.sumOfExponentials($0, peak: peak, inverse: inverse) }
        for index in logits.count & ~7..<logits.count { sum += Platform.exp(Double((logits[index] - peak) * inverse)) }
        return Scale(peak: peak, inverseTemperature: 1 / temperature, sum: sum)
    }

    /// Seven decimals, as the service prints scores.
    static func rounded(_ probability: Double) -> Double { (probability * 1e7).rounded() / 1e7 }
}
