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
    /// Per entry the weights of the pair at the short and at the long timescale, and the sums of their squared slopes.
    let weights: Floats
    let squares: Floats
    let bias = Floats(LogLinearBlock.width, -1e9)
    let biasSquares = Floats(LogLinearBlock.width, 1e-4)
    /// States forwards, decayed sums of errors backwards: per candidate the short and the long one.
    let states = Floats(2 * LogLinearBlock.width)
    /// The bias without the candidates of the window; backwards, the slope of the bias.
    let masked = Floats(LogLinearBlock.width)
    /// Position × candidate: logits, then exponentials.
    let values = Floats(LogLinearTrainer.batch * LogLinearTrainer.chunkLength * LogLinearBlock.width)
    /// Per position the largest logit, the sum of the exponentials, and what turns these into probabilities.
    let peaks = Floats(LogLinearTrainer.batch * LogLinearTrainer.chunkLength)
    let sums = Floats(LogLinearTrainer.batch * LogLinearTrainer.chunkLength)
    let factors = Floats(LogLinearTrainer.batch * LogLinearTrainer.chunkLength)
    /// Events of the window on each candidate.
    let inWindow = Floats(LogLinearBlock.width)

    init(offsets: [Int32], slots: [UInt8], pairs: ArraySlice<Int32>) {
        self.offsets = offsets
        self.slots = slots
        self.pairs = pairs
        weights = Floats(2 * slots.count)
        squares = Floats(2 * slots.count, 1e-4)
    }

    func entries(of item: Int) -> Range<Int> { Int(offsets[item])..<Int(offsets[item + 1]) }

    func values(at position: Int) -> UnsafeMutableBufferPointer<SIMD8<Float>> {
        let lanes = LogLinearBlock.width / 8
        return UnsafeMutableBufferPointer(rebasing: values.vectors[position * lanes..<(position + 1) * lanes])
    }

    /// A block's part of all rows, its parameters with their first values.
    /// - Parameters:
    ///   - pairs: of the counting model, ascending, whose successors lie in the block.
    ///   - earlier: per pair, its number in `progress`.
    static func first(
        _ number: Int,
        pairs: ArraySlice<Int32>,
        successors: TransitionModel,
        slotOf: [Int32],
        settings: LogLinearSettings,
        progress: LogLinear.Progress?,
        earlier: [Int32]
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
        let block = LogLinearBlock(offsets: offsets, slots: slots, pairs: pairs)
        let starts = SIMD2(Float(settings.starts[0]), Float(settings.starts[1]))
        for (entry, pair) in pairs.enumerated() {
            block.weights.pairs[entry] = starts * successors.pairWeights[Int(pair)]
            guard let progress, earlier[Int(pair)] >= 0 else { continue }
            let from = Int(earlier[Int(pair)])
            block.weights.pairs[entry] += SIMD2(progress.shifts[0][from], progress.shifts[1][from])
            block.squares.pairs[entry] = SIMD2(progress.sums[0][from], progress.sums[1][from])
        }
        return block
    }
}
