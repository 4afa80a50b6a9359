import Kernels

/// The parameters of a `LogLinear` in training, and what a step of it needs.
///
/// Candidates are cut into blocks of 256, the most frequent first, and everything that belongs to a candidate (its bias, its column of S, its
/// part of states, logits and gradients) lies in its block. A step has two parallel passes over the blocks: forwards, states, logits and their
/// exponentials for all positions of a batch, from the same parameters; then, once the sums of the blocks have been put together, backwards,
/// gradients and updates. A block's part of a row, its states and its gradients stay in the processor's cache from one position to the next,
/// which a pass over the whole catalogue would not. No block writes what another reads, so the number of threads changes no bit.
///
/// `@unchecked Sendable`: during a pass each block is one thread's alone, and all else is only read.
final class LogLinearTrainer: @unchecked Sendable {
    /// A range `start..<end` of one user's events in `Sequences.flat`; the state begins at `first`, the index of the user's first event.
    struct Chunk {
        var first: Int
        var start: Int
        var end: Int
    }

    /// Positions of a chunk: the gradient is exact inside it, with the state of everything before it.
    static let chunkLength = 64
    /// Chunks that are computed from the same parameters. Fixed, so that the number of threads changes nothing.
    static let batch = 4
    static let positionsPerStep = batch * chunkLength
    /// So many times its length a timescale looks back before a chunk: what lies further back weighs less than e^-5.
    private static let memory = 5.0
    private static let blockWidth = LogLinearBlock.width

    private let sequences: Sequences
    private let successors: TransitionModel
    private let settings: LogLinearSettings
    /// Item → candidate, or -1; and back.
    private let slotOf: [Int32]
    private let candidates: [Int32]
    private let blocks: [LogLinearBlock]
    private let parameters: LogLinearBlock.Parameters
    private let decays: SIMD2<Float>
    /// Per item, the events learnt from, those of an earlier training included.
    let eventCounts: [Int32]
    private let nextWeights: [Float]
    private var positions: [Position] = []
    private var targets: [(slot: Int32, share: Float)] = []
    /// Block × position of a batch: the sum of the exponentials. And per position what turns these into probabilities, 0 where nothing is learnt.
    private let sums: Floats
    private let factors = Floats(LogLinearTrainer.positionsPerStep)

    /// One position of a batch.
    private struct Position {
        var item: Int32
        /// Its share of `targets`; empty where nothing is learnt.
        var targets: Range<Int>
    }

    /// - Parameter progress: of a model of other users, whose parameters are taken over where it has the same pairs.
    init(_ sequences: Sequences, _ successors: TransitionModel, _ settings: LogLinearSettings, from progress: LogLinear.Progress?) {
        precondition(settings.decays.count == 2 && settings.starts.count == 2, "two timescales")
        self.sequences = sequences
        self.successors = successors
        self.settings = settings
        decays = SIMD2(Float(Platform.exp(-1 / settings.decays[0])), Float(Platform.exp(-1 / settings.decays[1])))
        nextWeights = (0..<settings.targets).map { Float(Platform.exp(-Double($0) / settings.horizon)) }
        let items = sequences.itemCount
        eventCounts = (0..<items).map { Int32(clamping: sequences.count(of: $0)) + (progress?.eventCounts[$0] ?? 0) }
        let counts = eventCounts
        let candidates = (0..<Int32(items)).filter { counts[Int($0)] >= Int32(settings.leastEvents) }
            .sorted { (counts[Int($1)], $0) < (counts[Int($0)], $1) }
        var slotOf = [Int32](repeating: -1, count: items)
        for (slot, item) in candidates.enumerated() { slotOf[Int(item)] = Int32(slot) }
        self.slotOf = slotOf
        self.candidates = candidates
        let count = (candidates.count + Self.blockWidth - 1) / Self.blockWidth
        let slots = slotOf
        let owners = successors.pairs.columns.map { slots[Int($0)] < 0 ? -1 : slots[Int($0)] / Int32(Self.blockWidth) }
        let pairsOf = CompressedSparseRows(positionsOf: owners, count: count)
        let earlier = progress.map { Self.earlier($0.pairs, successors.pairs) } ?? []
        let parameters = LogLinearBlock.Parameters(pairCount: pairsOf.entryCount)
        self.parameters = parameters
        sums = Floats(count * Self.positionsPerStep)
        blocks =
            Threads.parallelMap(count, size: 1) { numbers in
                LogLinearBlock.first(
                    numbers.lowerBound,
                    pairs: pairsOf[numbers.lowerBound],
                    successors: successors,
                    slotOf: slots,
                    settings: settings,
                    progress: progress,
                    earlier: earlier,
                    parameters: parameters
                )
            } ?? []
        for (slot, item) in candidates.enumerated() {
            let block = blocks[slot / Self.blockWidth]
            block.bias.numbers[slot % Self.blockWidth] = successors.logProbability[Int(item)] + (progress?.biasShifts[Int(item)] ?? 0)
            block.biasSquares.numbers[slot % Self.blockWidth] = progress?.biasSums[Int(item)] ?? 1e-4
        }
    }

    /// The number that each pair has in another matrix of as many items, or -1.
    private static func earlier(_ old: CompressedSparseRows, _ pairs: CompressedSparseRows) -> [Int32] {
        let blocks = Threads.parallelMap(pairs.rowCount, size: max(16, pairs.rowCount / 32)) { items in
            var known = [Int32](repeating: -1, count: pairs.rowCount)
            var found: [Int32] = []
            found.reserveCapacity(pairs.offsets[items.upperBound] - pairs.offsets[items.lowerBound])
            for item in items {
                for entry in old.entries(of: item) { known[Int(old.columns[entry])] = Int32(truncatingIfNeeded: entry) }
                for successor in pairs[item] { found.append(known[Int(successor)]) }
                for successor in old[item] { known[Int(successor)] = -1 }
            }
            return found
        }
        return blocks?.flatMap(\.self) ?? []
    }

    var bias: [Float] {
        var bias = successors.logProbability
        for (slot, item) in candidates.enumerated() { bias[Int(item)] = blocks[slot / Self.blockWidth].bias.numbers[slot % Self.blockWidth] }
        return bias
    }

    /// Pairs that lead to no candidate stay where they started.
    var pairWeights: [[Float]] {
        settings.starts.indices.map { scale in
            let start = Float(settings.starts[scale])
            var pairWeights = successors.pairWeights.map { start * $0 }
            for block in blocks {
                for (entry, pair) in block.pairs.enumerated() { pairWeights[Int(pair)] = block.weights[entry][scale] }
            }
            return pairWeights
        }
    }

    /// What a training with more users can go on from.
    var progress: LogLinear.Progress {
        var shifts = pairWeights
        var sums = [[Float]](repeating: [Float](repeating: 1e-4, count: successors.pairWeights.count), count: 2)
        for scale in 0..<2 {
            let start = Float(settings.starts[scale])
            for pair in shifts[scale].indices { shifts[scale][pair] -= start * successors.pairWeights[pair] }
            for block in blocks {
                for (entry, pair) in block.pairs.enumerated() { sums[scale][Int(pair)] = block.squares[entry][scale] }
            }
        }
        var biasSums = [Float](repeating: 1e-4, count: slotOf.count)
        for (slot, item) in candidates.enumerated() {
            biasSums[Int(item)] = blocks[slot / Self.blockWidth].biasSquares.numbers[slot % Self.blockWidth]
        }
        let shift = zip(bias, successors.logProbability).map { $0 - $1 }
        return LogLinear.Progress(
            pairs: successors.pairs,
            shifts: shifts,
            sums: sums,
            biasShifts: shift,
            biasSums: biasSums,
            eventCounts: eventCounts
        )
    }

    /// How many items are candidates: those with enough events to learn from.
    var candidateCount: Int { candidates.count }

    /// One step on a batch of chunks.
    /// - Returns: the mean loss of a position.
    func step(_ batch: ArraySlice<Chunk>) -> Double {
        prepare(batch)
        Threads.forEach(blocks.count) { [self] in forwards(blocks[$0], $0, batch) }
        let loss = normalise()
        Threads.forEach(blocks.count) { [self] in backwards(blocks[$0], $0, batch) }
        return loss / Double(max(1, positions.count))
    }

    /// What each position of the batch is to foretell. Returns to items of the window are another model's business: they are neither
    /// candidates nor targets.
    private func prepare(_ batch: ArraySlice<Chunk>) {
        positions.removeAll(keepingCapacity: true)
        targets.removeAll(keepingCapacity: true)
        let flat = sequences.flat
        for chunk in batch {
            for index in chunk.start..<chunk.end {
                let window = flat[max(chunk.first, index - successors.settings.window + 1)...index]
                let start = targets.count
                var total: Float = 0
                for (gap, weight) in nextWeights.enumerated() {
                    let item = flat[index + 1 + gap]
                    if item < 0 { break }
                    let slot = slotOf[Int(item)]
                    if slot < 0 || window.contains(item) { continue }
                    let scaled = sequences.weights.isEmpty ? weight : weight * sequences.weights[index + 1 + gap]
                    targets.append((slot, scaled))
                    total += scaled
                }
                if total > 0 {
                    for target in start..<targets.count { targets[target].share /= total }
                } else {
                    targets.removeSubrange(start...)
                }
                positions.append(Position(item: flat[index], targets: start..<targets.count))
            }
        }
    }

    /// States, logits and their exponentials of the batch, for the candidates of one block.
    private func forwards(_ block: LogLinearBlock, _ number: Int, _ batch: ArraySlice<Chunk>) {
        let window = successors.settings.window
        let reach = settings.decays.map { Int($0 * Self.memory) }
        let (decays, positions) = (decays, positions)
        let sums = UnsafeMutableBufferPointer(rebasing: sums.numbers[number * Self.positionsPerStep..<(number + 1) * Self.positionsPerStep])
        let base = Int32(number * Self.blockWidth)
        let (bias, masked, inWindow) = (block.bias, block.masked, block.inWindow.numbers)
        let (states, pairs, weights) = (block.states.vectors, block.states.pairs, block.weights)
        var position = 0
        withSpans(block) { flat, slotOf, rows in
            func ahead(_ index: Int) {
                if index >= 0, index < flat.count, flat[index] >= 0 {
                    Kernels.prefetch(rows.entries(of: flat[index]), slots: rows.slots, values: weights)
                }
            }
            /// The slot of an item of this block.
            func own(_ index: Int) -> Int? {
                let slot = Int(slotOf[Int(flat[index])] - base)
                return slot >= 0 && slot < Self.blockWidth ? slot : nil
            }
            func enter(_ index: Int) {
                guard let slot = own(index) else { return }
                inWindow[slot] += 1
                masked.numbers[slot] = -1e9
            }
            func leave(_ index: Int) {
                guard let slot = own(index) else { return }
                inWindow[slot] -= 1
                if inWindow[slot] == 0 { masked.numbers[slot] = bias.numbers[slot] }
            }
            for chunk in batch {
                states.update(repeating: .zero)
                _ = masked.vectors.update(from: bias.vectors)
                var factors = SIMD2<Float>(repeating: 1)
                for back in 1..<max(1, min(reach.max() ?? 0, chunk.start - chunk.first) + 1) {
                    factors *= decays
                    if back > reach[0] { factors[0] = 0 }
                    if back > reach[1] { factors[1] = 0 }
                    ahead(chunk.start - back - 2)
                    let row = rows.entries(of: flat[chunk.start - back])
                    Kernels.scatter(row, slots: rows.slots, values: weights, times: factors, into: pairs)
                }
                let before = max(chunk.first, chunk.start - window + 1)
                for index in before..<max(before, chunk.start) { enter(index) }
                for index in chunk.start..<chunk.end {
                    ahead(index + 2)
                    // The row of the event is added first, and decay comes with the sum, so that memory is walked through once.
                    Kernels.scatter(rows.entries(of: flat[index]), slots: rows.slots, values: weights, into: pairs)
                    enter(index)
                    if index - window >= before { leave(index - window) }
                    if positions[position].targets.isEmpty {
                        Kernels.decay(states, by: decays)
                    } else {
                        let values = block.values(at: position)
                        sums[position] = TrainingKernels.exponentials(bias: masked.readable, states: states, decays: decays, into: values)
                    }
                    position += 1
                }
                for index in max(before, chunk.end - window)..<chunk.end { leave(index) }
            }
        }
    }

    /// - Parameter body: gets `Sequences.flat`, `slotOf` and the rows of a block.
    private func withSpans(
        _ block: LogLinearBlock,
        _ body: (UnsafeBufferPointer<Int32>, UnsafeBufferPointer<Int32>, LogLinearBlock.Spans) -> Void
    ) {
        sequences.flat.withUnsafeBufferPointer { flat in
            slotOf.withUnsafeBufferPointer { slotOf in
                block.withSpans { body(flat, slotOf, $0) }
            }
        }
    }

    /// Puts the sums of the blocks together.
    /// - Returns: the loss of all positions.
    private func normalise() -> Double {
        var totals = [Double](repeating: 0, count: positions.count)
        for block in blocks.indices {
            for number in totals.indices { totals[number] += Double(sums.numbers[block * Self.positionsPerStep + number]) }
        }
        var loss = 0.0
        for (number, position) in positions.enumerated() {
            if position.targets.isEmpty {
                factors.numbers[number] = 0
                continue
            }
            let factor = Float(1 / totals[number])
            factors.numbers[number] = factor
            for (slot, share) in targets[position.targets] {
                let block = blocks[Int(slot) / Self.blockWidth]
                let value = block.values.numbers[number * Self.blockWidth + Int(slot) % Self.blockWidth] * factor
                loss -= Double(share) * Platform.log(max(Double(value), 1e-30))
            }
        }
        return loss
    }

    /// Errors of the batch, their decayed sums, and Adagrad on what belongs to one block.
    private func backwards(_ block: LogLinearBlock, _ number: Int, _ batch: ArraySlice<Chunk>) {
        let rate = Float(settings.rate)
        let (positions, targets, decays, factors) = (positions, targets, decays, factors.numbers)
        let (sums, slopes, total) = (block.states.vectors, block.states.pairs, block.masked)
        let (weights, squares) = (block.weights, block.squares)
        let base = Int32(number * Self.blockWidth)
        total.vectors.update(repeating: .zero)
        block.withSpans { rows in
            var end = 0
            for chunk in batch {
                let start = end
                end += chunk.end - chunk.start
                sums.update(repeating: .zero)
                for position in (start..<end).reversed() {
                    let later = rows.entries(of: positions[max(0, position - 2)].item)
                    Kernels.prefetch(later, slots: rows.slots, values: weights, squares: squares)
                    if factors[position] == 0 {
                        Kernels.decay(sums, by: decays)
                    } else {
                        TrainingKernels.sumBackwards(
                            UnsafeBufferPointer(block.values(at: position)),
                            times: factors[position],
                            sums: sums,
                            decays: decays,
                            total: total.vectors,
                            next: UnsafeBufferPointer(block.values(at: max(0, position - 1)))
                        )
                    }
                    let asked = positions[position]
                    for target in asked.targets {
                        let slot = Int(targets[target].slot - base)
                        if slot < 0 || slot >= Self.blockWidth { continue }
                        slopes[slot] -= targets[target].share
                        total.numbers[slot] -= targets[target].share
                    }
                    TrainingKernels.adagrad(
                        rows.entries(of: asked.item),
                        slots: rows.slots,
                        slopes: slopes,
                        rate: rate,
                        values: weights,
                        squares: squares
                    )
                }
            }
        }
        Kernels.adagrad(slopes: total.vectors, rate: rate, values: block.bias.vectors, squares: block.biasSquares.vectors)
    }
}
