/// Regularised logistic regression on sparse features, solved by cyclic coordinate descent with Newton steps.
///
/// Minimises `Σ_n log(1 + exp(-y_n·x_n·w)) + Σ_f λ_f/2·w_f²`, y = ±1. One thread, a fixed order: the same data give the same bits.
struct Logistic: Sendable {
    private(set) var weights: [Double]

    /// One example: features with their values, and the outcome.
    struct Example {
        var features: [(feature: Int32, value: Double)]
        var isPositive: Bool
    }

    init(weights: [Double]) { self.weights = weights }

    /// - Parameter penalties: λ per feature, above 0, so that the optimum is one and finite.
    init(_ examples: [Example], penalties: [Double], sweeps: Int = 100, tolerance: Double = 1e-8) {
        weights = [Double](repeating: 0, count: penalties.count)
        var columns = [[(example: Int, value: Double)]](repeating: [], count: penalties.count)
        for (number, example) in examples.enumerated() {
            for (feature, value) in example.features { columns[Int(feature)].append((number, value)) }
        }
        var margins = [Double](repeating: 0, count: examples.count)
        for _ in 0..<sweeps {
            var largest = 0.0
            for feature in columns.indices {
                var slope = penalties[feature] * weights[feature]
                var curvature = penalties[feature]
                for (number, value) in columns[feature] {
                    let probability = Self.sigmoid(margins[number])
                    slope += value * (probability - (examples[number].isPositive ? 1 : 0))
                    // A quarter bounds the curvature anywhere, so half way to it the step cannot overshoot far.
                    curvature += value * value * max(probability * (1 - probability), 0.05)
                }
                let step = min(1, max(-1, -slope / curvature))
                if step == 0 { continue }
                weights[feature] += step
                largest = max(largest, abs(step))
                for (number, value) in columns[feature] { margins[number] += step * value }
            }
            if largest < tolerance { break }
        }
    }

    func probability(_ features: [(feature: Int32, value: Double)]) -> Double {
        Self.sigmoid(features.reduce(0) { $0 + weights[Int($1.feature)] * $1.value })
    }

    static func sigmoid(_ x: Double) -> Double { x >= 0 ? 1 / (1 + Platform.exp(-x)) : Platform.exp(x) / (1 + Platform.exp(x)) }
}
