/// The loops of training once more, from the same files, compiled for processors with AVX2: eight numbers at a time where the others take four.
///
/// Nothing is fused or put in another order, so the bits are those of `Kernels`. Called only where `processor_has_avx2` says yes.
package enum Kernels {}

/// The name by which a file that has both modules knows this one.
package typealias WideKernels = Kernels
