extension Kernels {
    /// Sorts numbers, the smallest first.
    ///
    /// A few by comparing; more by their digits of eleven bits, the lowest first and each pass stable (H. H. Seward, 1954; D. E. Knuth, "The Art
    /// of Computer Programming", volume 3, section 5.2.5), and without the digits that are the same in all.
    package static func sort(_ numbers: UnsafeMutableBufferPointer<UInt64>) {
        guard numbers.count > 96 else {
            var few = numbers
            few.sort()
            return
        }
        var differing: UInt64 = 0
        for number in numbers { differing |= number ^ numbers[0] }
        let scratch = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: numbers.count)
        let starts = UnsafeMutableBufferPointer<Int>.allocate(capacity: 2048)
        defer {
            scratch.deallocate()
            starts.deallocate()
        }
        var (from, to) = (numbers, scratch)
        for shift in stride(from: UInt64(0), to: 64, by: 11) {
            if differing >> shift & 2047 == 0 { continue }
            starts.initialize(repeating: 0)
            for number in from { starts[Int(truncatingIfNeeded: number >> shift & 2047)] += 1 }
            var sum = 0
            for digit in 0..<2048 {
                let count = starts[digit]
                starts[digit] = sum
                sum += count
            }
            for number in from {
                let digit = Int(truncatingIfNeeded: number >> shift & 2047)
                to[starts[digit]] = number
                starts[digit] += 1
            }
            (from, to) = (to, from)
        }
        if from.baseAddress != numbers.baseAddress { _ = numbers.update(from: from) }
    }
}
