/// Some candidates of a `LogLinear` in training, and all that belongs to them.
///
/// `@unchecked Sendable`: during a pass of the trainer a block is one thread's alone.
final class LogLinearBlock: @unchecked Sendable {
    /// Candidates; a number of one is a byte.
    static let width = 256

    /// Item × candidate of the block: the entries of item `i` are `offsets[i]..<offsets[i + 1]`. The columns are a byte each, so this is
    /// no `CompressedSparseRows`.
    let offsets: [Int32]
    let slots: [UInt8]
    /// The number of each entry in `TransitionModel.pairs`.
    let pairs: ArraySlice<Int32>
    /// Per entry the weights of the pair at the short and at the long timescale, and the sums of their squared slopes: parts of the trainer's.
    let weights: UnsafeMutableBufferPointer<SIMD2<Float>>
    let squares: UnsafeMutableBufferPointer<SIMD2<Float>>
    let bias = Floats(LogLinearBlock.width, -1e9)
    let biasSquares = Floats(LogLinearBlock.width, 1e-4)
    /// States forwards, decayed sums of errors backwards: per candidate the short and the long one.
    let states = Floats(2 * LogLinearBlock.width)
    /// The bias without the candidates of the window; backwards, the slope of the bias.
    let masked = Floats(LogLinearBlock.width)
    /// Position × candidate: exponentials of the logits.
    let values = Floats(LogLinearTrainer.positionsPerStep * LogLinearBlock.width)
    /// Events of the window on each candidate.
    let inWindow = Floats(LogLinearBlock.width)

    init(
        offsets: [Int32],
        slots: [UInt8],
        pairs: ArraySlice<Int32>,
        weights: UnsafeMutableBufferPointer<SIMD2<Float>>,
        squares: UnsafeMutableBufferPointer<SIMD2<Float>>
    ) {
        self.offsets = offsets
        self.slots = slots
        self.pairs = pairs
        self.weights = weights
        self.squares = squares
    }

    /// Per pair, block after block: its weights at the short and at the long timescale, and the sums of their squared slopes. One piece of memory
    /// each, so that it can lie in large pages.
    ///
    /// `@unchecked Sendable`: a pair is its block's alone, and during a pass a block is one thread's.
    struct Parameters: @unchecked Sendable {
        let weights: Floats
        let squares: Floats

        init(pairCount: Int) {
            weights = Floats(2 * pairCount)
            squares = Floats(2 * pairCount, 1e-4)
        }
    }

    /// What the inner loops go through.
    struct Spans {
        /// Of a row, which is an item.
        let offsets: UnsafeBufferPointer<Int32>
        let slots: UnsafeBufferPointer<UInt8>

        func entries(of item: Int32) -> Range<Int> { Int(offsets[Int(item)])..<Int(offsets[Int(item) + 1]) }
    }

    func withSpans(_ body: (Spans) -> Void) {
        offsets.withUnsafeBufferPointer { offsets in
            slots.withUnsafeBufferPointer { body(Spans(offsets: offsets, slots: $0)) }
        }
    }

    func values(at position: Int) -> UnsafeMutableBufferPointer<SIMD8<Float>> {
        let lanes = LogLinearBlock.width / 8
        return UnsafeMutableBufferPointer(rebasing: values.vectors[position * lanes..<(position + 1) * lanes])
    }

    /// A block's part of all rows, its parameters with their first values.
    /// - Parameters:
    ///   - pairs: of the counting model, ascending, whose successors lie in the block.
    ///   - earlier: per pair, its number in `progress`.
    ///   - parameters: of all blocks, of which this one takes its part.
    static func first(
        _ number: Int,
        pairs: ArraySlice<Int32>,
        successors: TransitionModel,
        slotOf: [Int32],
        settings: LogLinearSettings,
        progress: LogLinear.Progress?,
        earlier: [Int32],
        parameters: Parameters
    ) -> LogLinearBlock {
        let all = successors.pairs
        var offsets: [Int32] = [0]
        offsets.reserveCapacity(all.rowCount + 1)
        var done = 0
        for item in 0..<all.rowCount {
            let end = Int32(clamping: all.offsets[item + 1])
            while done < pairs.count, pairs[pairs.startIndex + done] < end { done += 1 }
            offsets.append(Int32(truncatingIfNeeded: done))
        }
        let slots = pairs.map { UInt8(slotOf[Int(all.columns[Int($0)])] - Int32(number * width)) }
        let own = pairs.indices
        let block = LogLinearBlock(
            offsets: offsets,
            slots: slots,
            pairs: pairs,
            weights: UnsafeMutableBufferPointer(rebasing: parameters.weights.pairs[own]),
            squares: UnsafeMutableBufferPointer(rebasing: parameters.squares.pairs[own])
        )
        let starts = SIMD2(Float(settings.starts[0]), Float(settings.starts[1]))
        for (entry, pair) in pairs.enumerated() {
            block.weights[entry] = starts * successors.pairWeights[Int(pair)]
            guard let progress, earlier[Int(pair)] >= 0 else { continue }
            let from = Int(earlier[Int(pair)])
            block.weights[entry] += SIMD2(progress.shifts[0][from], progress.shifts[1][from])
            block.squares[entry] = SIMD2(progress.sums[0][from], progress.sums[1][from])
        }
        return block
    }
}
