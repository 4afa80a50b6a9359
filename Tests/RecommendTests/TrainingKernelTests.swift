#if arch(x86_64)
    import CProcessor
    import Kernels
    import Testing

    import typealias KernelsAVX2.WideKernels
    @testable import Recommend

    /// The loops that are compiled twice give the same bits.
    @Suite(.enabled(if: processor_has_avx2()))
    struct TrainingKernelTests {
        /// Numbers of many magnitudes, some of them 0.
        static func numbers(_ count: Int, seed: UInt64, above least: Float? = nil) -> Floats {
            let floats = Floats(count)
            for index in 0..<count {
                let hash = Mixing.combine(seed, UInt64(index))
                let unit = Float(hash >> 40) / Float(1 << 24)
                let value = (unit - 0.5) * Float(Platform.exp(Double(hash % 13) - 8))
                floats.numbers[index] = hash % 17 == 0 ? 0 : value
                if let least { floats.numbers[index] = abs(floats.numbers[index]) + least }
            }
            return floats
        }

        static func bits(_ floats: Floats) -> [UInt32] { floats.numbers.map(\.bitPattern) }

        @Test(arguments: 1...6 as ClosedRange<UInt64>) func `states, exponentials and sums backwards`(seed: UInt64) {
            let results = [false, true].map { isWide -> [UInt32] in
                let (bias, states, values) = (Self.numbers(256, seed: seed), Self.numbers(512, seed: seed + 10), Floats(256))
                let (sums, total) = (Self.numbers(512, seed: seed + 20), Self.numbers(256, seed: seed + 30))
                // Masked, and beyond what e^x is defined for.
                (bias.numbers[3], bias.numbers[77]) = (-1e9, 1e9)
                let decays = SIMD2<Float>(0.37, 0.85)
                let sum: Float
                if isWide {
                    sum = WideKernels.exponentials(bias: bias.readable, states: states.vectors, decays: decays, into: values.vectors)
                    let ahead = values.readable
                    WideKernels.sumBackwards(ahead, times: 0.3, sums: sums.vectors, decays: decays, total: total.vectors, next: ahead)
                } else {
                    sum = Kernels.exponentials(bias: bias.readable, states: states.vectors, decays: decays, into: values.vectors)
                    let ahead = values.readable
                    Kernels.sumBackwards(ahead, times: 0.3, sums: sums.vectors, decays: decays, total: total.vectors, next: ahead)
                }
                return [sum.bitPattern] + [states, values, sums, total].flatMap(Self.bits)
            }
            #expect(results[0] == results[1])
        }

        @Test func `exponentials of bias and both states, which then decay`() {
            let (bias, states, values) = (Self.numbers(256, seed: 7), Self.numbers(512, seed: 8), Floats(256))
            (bias.numbers[3], bias.numbers[77]) = (-1e9, 1e9)
            let old = states.numbers.map(\.self)
            let sum = Kernels.exponentials(bias: bias.readable, states: states.vectors, decays: SIMD2(0.5, 0.25), into: values.vectors)
            var expected = 0.0
            for index in 0..<256 {
                let logit = Double(bias.numbers[index]) + Double(old[2 * index]) + Double(old[2 * index + 1])
                let value = Platform.exp(min(80, max(-87, logit)))
                #expect(abs(Double(values.numbers[index]) - value) <= 1e-5 * value)
                #expect(states.numbers[2 * index] == old[2 * index] * 0.5 && states.numbers[2 * index + 1] == old[2 * index + 1] * 0.25)
                expected += value
            }
            #expect(abs(Double(sum) - expected) <= 1e-5 * expected)
        }

        @Test(arguments: [0, 1, 3, 4, 7, 64, 129]) func `a row's step`(count: Int) {
            let slots = (0..<200).map { UInt8(truncatingIfNeeded: $0 + $0 / 7) }
            let results = [false, true].map { isWide -> [UInt32] in
                let (slopes, values) = (Self.numbers(512, seed: 1), Self.numbers(400, seed: 2))
                let squares = Self.numbers(400, seed: 3, above: 1e-4)
                slots.withUnsafeBufferPointer { slots in
                    let range = 5..<5 + count
                    if isWide {
                        WideKernels.adagrad(range, slots: slots, slopes: slopes.pairs, rate: 0.1, values: values.pairs, squares: squares.pairs)
                    } else {
                        Kernels.adagrad(range, slots: slots, slopes: slopes.pairs, rate: 0.1, values: values.pairs, squares: squares.pairs)
                    }
                }
                return Self.bits(values) + Self.bits(squares)
            }
            #expect(results[0] == results[1])
        }

        @Test func `a step is as long as Adagrad's, and touches its row alone`() {
            let slots: [UInt8] = [3, 9, 200, 41, 7, 255]
            let (slopes, values) = (Self.numbers(512, seed: 4), Self.numbers(12, seed: 5))
            let squares = Self.numbers(12, seed: 6, above: 1e-4)
            let (oldValues, oldSquares) = (values.numbers.map(\.self), squares.numbers.map(\.self))
            slots.withUnsafeBufferPointer {
                Kernels.adagrad(0..<5, slots: $0, slopes: slopes.pairs, rate: 0.1, values: values.pairs, squares: squares.pairs)
            }
            for index in 0..<10 {
                let slope = slopes.numbers[2 * Int(slots[index / 2]) + index % 2]
                let square = oldSquares[index] + slope * slope
                let step = 0.1 * slope / square.squareRoot()
                #expect(squares.numbers[index] == square)
                #expect(abs(oldValues[index] - values.numbers[index] - step) <= 1e-3 * abs(step) + 1e-6)
            }
            #expect(values.numbers[10] == oldValues[10] && squares.numbers[11] == oldSquares[11])
        }
    }
#endif
