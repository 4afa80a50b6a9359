/// Trains a solution version: reads, checks, searches if asked to, evaluates on a held-out part, then learns from everything.
package enum Trainer {
    /// - Parameters:
    ///   - clock: seconds of any monotonic clock, for the estimate of the time left.
    ///   - progress: called now and then on the caller's thread; false stops training.
    package static func train(
        _ request: TrainingRequest,
        clock: () -> Double = Platform.seconds,
        progress: (TrainingProgress) -> Bool = { _ in true }
    ) throws(TrainingFailure) -> Training {
        let started = clock()
        var figure: TrainingProgress.Figure?
        let losses = NewestLoss()
        // Shares of the whole work, as measured; they only shape the estimate.
        func report(_ phase: TrainingProgress.Phase, _ fraction: Double) -> Bool {
            let spent = clock() - started
            let left = fraction > 0.02 ? spent / fraction * (1 - fraction) : nil
            return progress(TrainingProgress(phase: phase, fraction: fraction, secondsLeft: left, figure: figure, loss: losses.take()))
        }
        if let fault = Hyperparameters.validate(request.recipe, algorithm: request.algorithm, featurization: request.featurization) {
            throw .refused(fault)
        }
        if let fault = request.search?.fault(request.recipe) { throw .refused(fault) }
        guard report(.reading, 0) else { throw .stopped }
        let interactions = Interactions(request.interactions, streamed: request.streamed, items: request.items, selection: request.selection)
        if let fault = Preconditions.fault(interactions, request) { throw .refused(fault) }
        let trainingData = try TrainingData(request, interactions, losses: losses)
        if let fault = Preconditions.fault(trainingData) { throw .refused(fault) }

        if let old = request.refreshing { return try update(old, trainingData, report) }

        let training = Split(interactions, seed: request.seed).training
        guard let horizon = trainingData.chooseHorizon(users: training, seed: request.seed, shouldContinue: { report(.searching, 0.1 * $0) }) else {
            throw .stopped
        }

        // A search takes the share of its candidates among all fits.
        let jobs = Double(request.search?.maximumJobs ?? 0)
        let searched = 0.1 + 0.8 * jobs / (jobs + 2)
        var best = request
        var tuned: [String: String] = [:]
        if let search = request.search {
            guard
                let winner = Self.search(
                    search,
                    trainingData,
                    horizon,
                    shouldContinue: { report(.searching, 0.1 + (searched - 0.1) * $0) },
                    note: { figure = TrainingProgress.Figure(name: "best validation objective", value: $0) }
                )
            else { throw .stopped }
            best.algorithm = winner
            tuned = search.tuned(request.recipe, winner)
        }
        let left = 1 - searched
        guard
            let settings = trainingData.tuned(
                FamilySettings(best, horizon: horizon),
                users: training,
                seed: request.seed,
                shouldContinue: { report(.searching, searched + left * 0.3 * $0) }
            )
        else { throw .stopped }
        guard report(.evaluating, searched + left * 0.3),
            let evaluation = Evaluation(
                trainingData,
                settings,
                seed: request.seed,
                shouldContinue: { report(.evaluating, searched + left * (0.3 + 0.35 * $0)) }
            )
        else { throw .stopped }
        figure = TrainingProgress.Figure(name: "evaluation objective", value: evaluation.objective)

        let everybody = Array(0..<interactions.userCount)
        // Tuned anew, as the evaluated model was on its own users: whoever trains on the evaluation's users alone gets the model that it judged.
        guard
            let final = trainingData.tuned(
                FamilySettings(best, horizon: horizon),
                users: everybody,
                seed: request.seed,
                shouldContinue: { report(.learning, 1 - left * 0.35 * (1 - 0.4 * $0)) }
            ),
            let family = evaluation.reusable
                ?? trainingData.fit(users: everybody, final, shouldContinue: { report(.learning, min(1, 1 - left * 0.21 * (1 - $0))) })
        else { throw .stopped }
        let model = model(best, trainingData, family: family, settings: final)
        guard report(.learning, 1) else { throw .stopped }
        return Training(model, evaluation, interactions, tuned: tuned)
    }

    /// Takes in what came since a model was trained, without choosing anything anew; the evaluation trains a model with the same choices.
    private static func update(
        _ old: TrainedModel,
        _ trainingData: TrainingData,
        _ report: (TrainingProgress.Phase, Double) -> Bool
    ) throws(TrainingFailure) -> Training {
        let request = trainingData.request
        let interactions = trainingData.interactions
        var settings = FamilySettings(request)
        if case .personal(let model) = old.family { settings = FamilySettings(request, of: model) }
        guard
            let evaluation = Evaluation(trainingData, settings, seed: request.seed, shouldContinue: { report(.evaluating, 0.6 * $0) }),
            report(.learning, 0.6)
        else { throw .stopped }
        guard case .personal(let model) = old.family else {
            let fresh = old.refreshed(with: request.items, streamed: Array(request.streamed.dropFirst(old.streamedEvents)))
            guard report(.learning, 1) else { throw .stopped }
            return Training(fresh, evaluation, interactions)
        }
        let learning = settings.goingOn(from: old, model, with: interactions)
        guard
            let family = trainingData.fit(
                users: Array(0..<interactions.userCount),
                learning,
                shouldContinue: { report(.learning, 0.6 + 0.4 * $0) }
            )
        else { throw .stopped }
        var fresh = self.model(request, trainingData, family: family, settings: learning).parts
        fresh.hyperparameters = old.hyperparameters
        guard report(.learning, 1) else { throw .stopped }
        return Training(TrainedModel(fresh, family), evaluation, interactions)
    }

    /// Learns without evaluating: what batch measurements and comparisons time.
    package static func learn(_ request: TrainingRequest, progress: (Double) -> Bool = { _ in true }) throws(TrainingFailure) -> TrainedModel {
        if let fault = Hyperparameters.validate(request.recipe, algorithm: request.algorithm, featurization: request.featurization) {
            throw .refused(fault)
        }
        let interactions = Interactions(request.interactions, streamed: request.streamed, items: request.items, selection: request.selection)
        if let fault = Preconditions.fault(interactions, request) { throw .refused(fault) }
        let trainingData = try TrainingData(request, interactions)
        if let fault = Preconditions.fault(trainingData) { throw .refused(fault) }
        let everybody = Array(0..<interactions.userCount)
        guard let horizon = trainingData.chooseHorizon(users: everybody, seed: request.seed, shouldContinue: { progress(0.1 * $0) }) else {
            throw .stopped
        }
        let untuned = FamilySettings(request, horizon: horizon)
        guard let settings = trainingData.tuned(untuned, users: everybody, seed: request.seed, shouldContinue: { progress(0.1 + 0.4 * $0) }) else {
            throw .stopped
        }
        guard let family = trainingData.fit(users: everybody, settings, shouldContinue: { progress(0.5 + $0 / 2) }) else { throw .stopped }
        return model(request, trainingData, family: family, settings: settings)
    }

    /// Tries each candidate on a second split, inside the users that the evaluation learns from: the test users play no part.
    /// - Returns: the algorithm hyperparameters of the best, the first of equals; nil when stopped.
    private static func search(
        _ search: HyperparameterSearch,
        _ trainingData: TrainingData,
        _ horizon: HorizonPreset,
        shouldContinue: (Double) -> Bool,
        note: (Double) -> Void
    ) -> [String: String]? {
        let request = trainingData.request
        let training = Split(trainingData.interactions, seed: request.seed).training
        let candidates = search.candidates(request.recipe, given: request.algorithm)
        var best: (objective: Double, parameters: [String: String])?
        for (number, candidate) in candidates.enumerated() {
            guard shouldContinue(Double(number) / Double(candidates.count)) else { return nil }
            var trial = request
            trial.algorithm = candidate
            let settings = FamilySettings(trial, horizon: horizon)
            guard
                let evaluation = Evaluation(
                    trainingData,
                    settings,
                    seed: Mixing.mix(request.seed),
                    among: training,
                    shouldContinue: { share in
                        shouldContinue((Double(number) + share) / Double(candidates.count))
                    }
                )
            else { return nil }
            let value = search.value(evaluation)
            if value > best?.objective ?? -.infinity {
                best = (value, candidate)
                note(value)
            }
        }
        return best?.parameters ?? request.algorithm
    }

    private static func model(
        _ request: TrainingRequest,
        _ trainingData: TrainingData,
        family: TrainedModel.Family,
        settings: FamilySettings
    ) -> TrainedModel {
        let interactions = trainingData.interactions
        let keepsHistories = request.recipe.family == .personal || request.recipe.family == .segments
        let parameters = Hyperparameters.defaults(of: request.recipe, .algorithm).merging(request.algorithm) { $1 }
            .merging(Hyperparameters.defaults(of: request.recipe, .featurization).merging(request.featurization) { $1 }) { $1 }
        var codes: [UInt8] = []
        var limit = keepsHistories ? settings.successors.window : 0
        if case .personal(let model) = family, let returns = model.returns {
            codes = interactions.codes(returns.learnt.types)
            limit = max(limit, Returns.window)
        }
        var ages = ItemAges(interactions, items: request.items, newest: interactions.timeOf.max() ?? 0)
        if request.recipe == .hrnnColdstart, settings.coldStart.isFromLatestItem {
            ages = ItemAges(created: ages.created, newest: ages.created.max() ?? ages.newest)
        }
        let parts = TrainedModel.Parts(
            recipe: request.recipe,
            useCase: request.useCase,
            items: interactions.items,
            trainedItemCount: interactions.itemCount,
            users: interactions.users,
            histories: Histories(interactions, limit: limit, codes: codes),
            popularity: Popularity(uniqueUsers: interactions.uniqueUsers(among: 0..<interactions.userCount)),
            ages: ages,
            features: trainingData.features,
            selection: request.selection,
            streamedEvents: request.streamedThrough ?? request.streamed.count,
            hyperparameters: parameters.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        )
        return TrainedModel(parts, family)
    }
}
