import Glibc
import Recommend

/// What this machine can do at the moment, one thread: the measure that other figures are held against.
enum Machine {
    static func report() {
        print("machine: \(flops().text(1)) GFLOP/s multiply-add in single precision, \(bandwidth().text(1)) GB/s streaming add, one thread")
    }

    /// Independent chains of multiply-add in registers, as this program is compiled.
    static func flops() -> Double {
        var lanes = (0..<8).map { SIMD8<Float>(repeating: Float($0)) }
        let factor = SIMD8<Float>(repeating: 0.999_999)
        let steps = 20_000_000
        let seconds = Stopwatch.time {
            var (a, b, c, d) = (lanes[0], lanes[1], lanes[2], lanes[3])
            for _ in 0..<steps {
                a = a * factor + factor
                b = b * factor + factor
                c = c * factor + factor
                d = d * factor + factor
            }
            lanes[0] = a + b + c + d
        }.seconds
        // The result is used, so that the work is done.
        precondition(lanes[0][0].isFinite, "finite")
        return Double(steps) * 4 * 16 / seconds / 1e9
    }

    /// `a += b` over two arrays of 128 MB: two reads and a write an element.
    static func bandwidth() -> Double {
        let count = 32 << 20
        var left = [Float](repeating: 1, count: count)
        let right = [Float](repeating: 2, count: count)
        let seconds = Stopwatch.time {
            left.withUnsafeMutableBufferPointer { left in
                right.withUnsafeBufferPointer { right in
                    for index in 0..<count { left[index] += right[index] }
                }
            }
        }.seconds
        precondition(left[count / 2] == 3, "a sum")
        return Double(count) * 12 / seconds / 1e9
    }
}
