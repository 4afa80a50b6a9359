/// Numbers in whole vectors, aligned for them.
final class Floats {
    let numbers: UnsafeMutableBufferPointer<Float>
    let vectors: UnsafeMutableBufferPointer<SIMD8<Float>>
    /// The same numbers two by two; one that is left over is in none.
    let pairs: UnsafeMutableBufferPointer<SIMD2<Float>>

    init(_ count: Int, _ value: Float = 0) {
        let lanes = max(1, (count + 7) / 8)
        let isLarge = lanes * 32 >= 4 * Platform.hugePage
        let raw = UnsafeMutableRawPointer.allocate(byteCount: lanes * 32, alignment: isLarge ? Platform.hugePage : 64)
        // What is read here and there would miss the table of small pages at nearly every access.
        if isLarge { Platform.adviseHugePages(raw, byteCount: lanes * 32) }
        vectors = UnsafeMutableBufferPointer(start: raw.bindMemory(to: SIMD8<Float>.self, capacity: lanes), count: lanes)
        vectors.initialize(repeating: SIMD8(repeating: value))
        numbers = UnsafeMutableBufferPointer(start: UnsafeMutableRawPointer(raw).assumingMemoryBound(to: Float.self), count: count)
        pairs = UnsafeMutableBufferPointer(start: UnsafeMutableRawPointer(raw).assumingMemoryBound(to: SIMD2<Float>.self), count: count / 2)
    }

    deinit { vectors.deallocate() }

    var readable: UnsafeBufferPointer<SIMD8<Float>> { UnsafeBufferPointer(vectors) }
}
