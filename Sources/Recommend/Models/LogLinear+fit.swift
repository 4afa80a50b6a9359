extension LogLinear {
    /// Where a training stands, for another one that goes on with more users: how far the parameters have moved from where the counts of their own
    /// users had put them, and Adagrad's sums.
    struct Progress: Sendable {
        /// Item × successor, of the counting model trained on.
        let pairs: CompressedSparseRows
        /// Per timescale, one per pair.
        let shifts: [[Float]]
        let sums: [[Float]]
        /// Per item.
        let biasShifts: [Float]
        let biasSums: [Float]
        /// Events learnt from.
        var eventCounts: [Int32]
    }

    /// So many positions are enough to learn from, in however many passes: what four passes teach on a small data set, one does on a large one.
    private static let enoughPositions = 640_000
    /// Positions × candidates of a training at most; beyond, some of the positions are left out, mixed over all users.
    private static let mostWork = 6e9

    /// How often all positions are gone through in all, and how often of these by a training that another is to go on from.
    static func passes(_ settings: LogLinearSettings, events: Int) -> (whole: Int, first: Int) {
        let whole = max(1, min(settings.epochs, (enoughPositions + events - 1) / max(1, events)))
        return (whole, max(1, whole / 2))
    }

    /// Trains on all positions of all users.
    /// - Parameters:
    ///   - sequences: of the users to learn from. The successors may come from more users than these.
    ///   - passes: how often; nil is as often as the settings say.
    ///   - begins: per user, the first event that is to be foretold; nil is the second of each.
    ///   - progress: of an earlier training, to go on from.
    ///   - keepsProgress: whether another training is to go on from this one.
    ///   - shouldContinue: is given the share done and the mean loss of the newest batch; false stops.
    init?(
        _ sequences: Sequences,
        _ successors: TransitionModel,
        settings: LogLinearSettings,
        passes: Int? = nil,
        begins: [Int]? = nil,
        from progress: Progress? = nil,
        keepsProgress: Bool = false,
        shouldContinue: (Double, Double) -> Bool = { _, _ in true }
    ) {
        let trainer = LogLinearTrainer(sequences, successors, settings, from: progress)
        var chunks: [LogLinearTrainer.Chunk] = []
        var first = 0
        var user = 0
        for end in sequences.flat.indices where sequences.flat[end] < 0 {
            let begin = first + max(0, (begins?[user] ?? 1) - 1)
            user += 1
            // The last event of a user has nothing after it.
            for start in stride(from: begin, to: end - 1, by: LogLinearTrainer.chunkLength) {
                chunks.append(LogLinearTrainer.Chunk(first: first, start: start, end: min(start + LogLinearTrainer.chunkLength, end - 1)))
            }
            first = end + 1
        }
        // By all events, those of the earlier training included: this one is a part of the same passes.
        let events = max(1, trainer.eventCounts.reduce(0) { $0 + Int($1) })
        let epochs = passes ?? Self.passes(settings, events: events).whole
        let share = min(1, Self.mostWork / (Double(events) * Double(max(1, trainer.candidateCount))))
        let used = min(chunks.count, Int((Double(chunks.count) * share).rounded(.up)))
        let total = Double(max(1, used * epochs))
        for epoch in 0..<epochs {
            // Users come mixed, always in the same order.
            let order = chunks.indices.map { (key: Mixing.combine(UInt64(epoch), UInt64($0)), chunk: $0) }.sorted { $0 < $1 }.map { chunks[$0.chunk] }
            for start in stride(from: 0, to: used, by: LogLinearTrainer.batch) {
                let loss = trainer.step(order[start..<min(start + LogLinearTrainer.batch, used)])
                guard shouldContinue(Double(epoch * used + start) / total, loss) else { return nil }
            }
        }
        self.init(settings: settings, bias: trainer.bias, pairWeights: trainer.pairWeights, share: 1)
        if keepsProgress { self.progress = trainer.progress }
    }
}
