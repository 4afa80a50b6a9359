import Kernels

/// Moments of users and what came after them: what `Returns` is learnt from.
struct ReturnExamples: Sendable {
    /// Vectors of eight features that a touched item takes.
    let lanes: Int
    /// The touched items of example `e` are `starts[e]..<starts[e + 1]`.
    private(set) var starts = [0]
    /// `lanes` per touched item.
    private(set) var features: [SIMD8<Float>] = []
    /// Per touched item, its share of what came; what is missing from 1 came of untouched items.
    private(set) var shares: [Float] = []

    init(types: Int) { lanes = (Returns.width(types: types) + 7) / 8 }

    var count: Int { starts.count - 1 }

    /// - Parameter share: of what came, for each touched item.
    mutating func add(_ moment: inout Returns.Moment, opinions: [Double], shares own: [Float]) {
        for index in moment.touched.indices {
            moment.write(index, opinion: opinions[index])
            let values = moment.features
            for lane in 0..<lanes {
                var vector = SIMD8<Float>.zero
                for index in lane * 8..<min(lane * 8 + 8, values.count) { vector[index - lane * 8] = values[index] }
                features.append(vector)
            }
        }
        shares.append(contentsOf: own)
        starts.append(shares.count)
    }

    /// The examples of some parts, one after the other. Each part is given up once it is taken in, so that memory holds little more than all
    /// of them once.
    init(types: Int, joining parts: consuming [ReturnExamples]) {
        self.init(types: types)
        features.reserveCapacity(parts.reduce(0) { $0 + $1.features.count })
        shares.reserveCapacity(parts.reduce(0) { $0 + $1.shares.count })
        for index in parts.indices {
            let part = parts[index]
            parts[index] = ReturnExamples(types: types)
            let first = shares.count
            features.append(contentsOf: part.features)
            shares.append(contentsOf: part.shares)
            starts.append(contentsOf: part.starts.dropFirst().lazy.map { $0 + first })
        }
    }

    /// The loss of some weights, its slope and its curvature, summed over the examples.
    struct Sums: Sendable {
        var loss = 0.0
        var slope: [Double]
        /// Square, row by row; only what lies on or above the diagonal counts.
        var curvature: [Double]
    }

    /// Examples that one thread adds up in single precision.
    private static let block = 64

    /// - Parameter weights: as many as there are features.
    func sums(_ weights: [Double], withCurvature: Bool = true) -> Sums {
        let width = lanes * 8
        var padded = [SIMD8<Float>](repeating: .zero, count: lanes)
        for (index, weight) in weights.enumerated() { padded[index >> 3][index & 7] = Float(weight) }
        let vector = padded
        let blocks = Threads.parallelMap(count, size: Self.block) { sums($0, vector, withCurvature) } ?? []
        var total = Sums(slope: [Double](repeating: 0, count: width), curvature: [Double](repeating: 0, count: withCurvature ? width * width : 0))
        for block in blocks {
            total.loss += block.loss
            for index in 0..<width { total.slope[index] += block.slope[index] }
            for index in total.curvature.indices { total.curvature[index] += block.curvature[index] }
        }
        return total
    }

    private func sums(_ examples: Range<Int>, _ weights: [SIMD8<Float>], _ withCurvature: Bool) -> Sums {
        let width = lanes * 8
        var slope = [SIMD8<Float>](repeating: .zero, count: lanes)
        var mean = slope
        var curvature = [SIMD8<Float>](repeating: .zero, count: withCurvature ? width * lanes : 0)
        var values: [Double] = []
        var loss = 0.0
        features.withUnsafeBufferPointer { features in
            func row(_ item: Int) -> UnsafeBufferPointer<SIMD8<Float>> {
                UnsafeBufferPointer(rebasing: features[item * lanes..<(item + 1) * lanes])
            }
            for example in examples {
                let items = starts[example]..<starts[example + 1]
                values.removeAll(keepingCapacity: true)
                weights.withUnsafeBufferPointer { weights in
                    for item in items { values.append(Double(Kernels.product(row(item), weights))) }
                }
                // The choice outside has the logit 0.
                let peak = values.reduce(0, max)
                var sum = Platform.exp(-peak)
                for (index, item) in items.enumerated() {
                    loss -= Double(shares[item]) * values[index]
                    values[index] = Platform.exp(values[index] - peak)
                    sum += values[index]
                }
                loss += peak + Platform.log(sum)
                for lane in 0..<lanes { mean[lane] = .zero }
                mean.withUnsafeMutableBufferPointer { mean in
                    curvature.withUnsafeMutableBufferPointer { curvature in
                        slope.withUnsafeMutableBufferPointer { slope in
                            for (index, item) in items.enumerated() {
                                let probability = Float(values[index] / sum)
                                Kernels.addVector(row(item), weight: probability - shares[item], into: slope)
                                if !withCurvature { continue }
                                Kernels.addVector(row(item), weight: probability, into: mean)
                                Kernels.addOuterProduct(row(item), weight: probability, into: curvature)
                            }
                            if withCurvature { Kernels.addOuterProduct(UnsafeBufferPointer(mean), weight: -1, into: curvature) }
                        }
                    }
                }
            }
        }
        return Sums(
            loss: loss,
            slope: slope.flatMap { vector in (0..<8).map { Double(vector[$0]) } },
            curvature: curvature.flatMap { vector in (0..<8).map { Double(vector[$0]) } }
        )
    }

    /// The weights of least loss plus `ridge / 2 · |w|²`, by Newton's steps from what is right on average, halved while they do not help.
    func fit(types: Int, ridge: Double = 0.1) -> [Double] {
        let width = Returns.width(types: types)
        var weights = [Double](repeating: 0, count: width)
        let share = (shares.reduce(0) { $0 + Double($1) } + 0.1) / (Double(count) + 0.2)
        weights[0] = Platform.log(share / (1 - share) * Double(count + 1) / Double(shares.count + 1))
        func penalised(_ sums: Sums, _ weights: [Double]) -> Double { sums.loss + ridge / 2 * weights.reduce(0) { $0 + $1 * $1 } }
        var now = sums(weights)
        for _ in 0..<Self.mostSteps {
            let slope = (0..<width).map { now.slope[$0] + ridge * weights[$0] }
            let step = Self.solved(now.curvature, slope, stride: lanes * 8, ridge: ridge)
            let before = penalised(now, weights)
            var length = 1.0
            var next = weights
            var after = before
            repeat {
                next = zip(weights, step).map { $0 - length * $1 }
                after = penalised(sums(next, withCurvature: false), next)
                length /= 2
            } while !(after < before) && length > 1e-4
            if !(after < before) { break }
            weights = next
            if before - after < 1e-6 * before { break }
            now = sums(weights)
        }
        return weights
    }

    private static let mostSteps = 25

    /// x with `(A + ridge·I)·x = b`, by Cholesky: A is positive but for rounding.
    private static func solved(_ matrix: [Double], _ right: [Double], stride: Int, ridge: Double) -> [Double] {
        let size = right.count
        var lower = [Double](repeating: 0, count: size * size)
        for row in 0..<size {
            for column in 0...row {
                var sum = matrix[column * stride + row] + (row == column ? ridge : 0)
                for index in 0..<column { sum -= lower[row * size + index] * lower[column * size + index] }
                lower[row * size + column] = row == column ? max(sum, 1e-6).squareRoot() : sum / lower[column * size + column]
            }
        }
        var x = right
        for row in 0..<size {
            for index in 0..<row { x[row] -= lower[row * size + index] * x[index] }
            x[row] /= lower[row * size + row]
        }
        for row in (0..<size).reversed() {
            for index in row + 1..<size { x[row] -= lower[index * size + row] * x[index] }
            x[row] /= lower[row * size + row]
        }
        return x
    }
}
