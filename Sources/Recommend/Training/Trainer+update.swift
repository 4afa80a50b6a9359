/// trainingMode UPDATE of the personalised family: everything is counted anew and the trained model goes on with the events that came since;
/// what a full training chooses by validation (horizon, share, temperature, returns, hyperparameters) stays as it was chosen.
extension FamilySettings {
    /// The settings of a model, for learning from more data.
    /// - Parameter request: of the update; its hyperparameters do not count where the model has its own.
    init(_ request: TrainingRequest, of model: PersonalizedModel) {
        let successors = model.successors.settings
        let horizon = HorizonPreset.allCases.first { FamilySettings(request, horizon: $0).successors.gapDecay == successors.gapDecay }
        self.init(request, horizon: horizon ?? .next)
        self.successors = successors
        trainedShare = model.trained?.share ?? 0
        returns = model.returns?.learnt
    }

    /// The same, going on from the model's own training.
    /// - Parameter interactions: all of today, those that the model has learnt from included.
    func goingOn(from old: TrainedModel, _ model: PersonalizedModel, with interactions: Interactions) -> FamilySettings {
        guard let trained = model.trained else { return self }
        var result = self
        let numbers = (0..<Int32(model.successors.itemCount)).map { interactions.items.index(of: old.items[$0]) ?? -1 }
        result.warmStart = WarmStart(
            progress: LogLinear.Progress(trained, model.successors, starts: logLinear.starts, numbers: numbers, itemCount: interactions.itemCount),
            learnt: .before(model.returns?.newest ?? old.ages.newest)
        )
        return result
    }
}

extension LogLinear.Progress {
    /// Adagrad's sums are not saved. This is what those of pairs that have been learnt from come to: later steps are about as long.
    private static let usualSum: Float = 0.05

    /// Where the training of a saved model stands.
    /// - Parameters:
    ///   - starts: the shares of the counted weights that its timescales started with.
    ///   - numbers: per item of the model its number now, or -1 for an item that is no more.
    init(_ trained: LogLinear, _ counted: TransitionModel, starts: [Double], numbers: [Int32], itemCount: Int) {
        var itemOf = [Int](repeating: -1, count: itemCount)
        for (old, new) in numbers.enumerated() where new >= 0 { itemOf[Int(new)] = old }
        var pairs = CompressedSparseRows()
        var shifts: [[Float]] = [[], []]
        var biasShifts = [Float](repeating: 0, count: itemCount)
        for (item, old) in itemOf.enumerated() {
            if old < 0 {
                pairs.appendEmptyRows(1)
                continue
            }
            let entries = counted.pairs.entries(of: old).filter { numbers[Int(counted.pairs.columns[$0])] >= 0 }
            pairs.append(entries.lazy.map { numbers[Int(counted.pairs.columns[$0])] })
            for scale in 0..<2 {
                let start = Float(starts[scale])
                shifts[scale].append(contentsOf: entries.lazy.map { trained.pairWeights[scale][$0] - start * counted.pairWeights[$0] })
            }
            biasShifts[item] = trained.bias[old] - counted.logProbability[old]
        }
        self.init(
            pairs: pairs,
            shifts: shifts,
            sums: shifts.map { [Float](repeating: Self.usualSum, count: $0.count) },
            biasShifts: biasShifts,
            biasSums: [Float](repeating: Self.usualSum, count: itemCount),
            eventCounts: [Int32](repeating: 0, count: itemCount)
        )
    }
}
