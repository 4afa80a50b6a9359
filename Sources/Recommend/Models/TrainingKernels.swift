import CProcessor
import Kernels

#if arch(x86_64)
    import typealias KernelsAVX2.WideKernels
#else
    private typealias WideKernels = Kernels
#endif

/// The loops of training as this processor does them best. Both versions give the same bits.
enum TrainingKernels {
    private static let hasAVX2 = processor_has_avx2()

    static func exponentials(
        bias: UnsafeBufferPointer<SIMD8<Float>>,
        states: UnsafeMutableBufferPointer<SIMD8<Float>>,
        decays: SIMD2<Float>,
        into values: UnsafeMutableBufferPointer<SIMD8<Float>>
    ) -> Float {
        hasAVX2
            ? WideKernels.exponentials(bias: bias, states: states, decays: decays, into: values)
            : Kernels.exponentials(bias: bias, states: states, decays: decays, into: values)
    }

    static func sumBackwards(
        _ weights: UnsafeBufferPointer<SIMD8<Float>>,
        times factor: Float,
        sums: UnsafeMutableBufferPointer<SIMD8<Float>>,
        decays: SIMD2<Float>,
        total: UnsafeMutableBufferPointer<SIMD8<Float>>,
        next: UnsafeBufferPointer<SIMD8<Float>>
    ) {
        if hasAVX2 {
            WideKernels.sumBackwards(weights, times: factor, sums: sums, decays: decays, total: total, next: next)
        } else {
            Kernels.sumBackwards(weights, times: factor, sums: sums, decays: decays, total: total, next: next)
        }
    }

    static func adagrad(
        _ range: Range<Int>,
        slots: UnsafeBufferPointer<UInt8>,
        slopes: UnsafeMutableBufferPointer<SIMD2<Float>>,
        rate: Float,
        values: UnsafeMutableBufferPointer<SIMD2<Float>>,
        squares: UnsafeMutableBufferPointer<SIMD2<Float>>
    ) {
        if hasAVX2 {
            WideKernels.adagrad(range, slots: slots, slopes: slopes, rate: rate, values: values, squares: squares)
        } else {
            Kernels.adagrad(range, slots: slots, slopes: slopes, rate: rate, values: values, squares: squares)
        }
    }
}
